/** `members.ts HOST PORT COUNT`: so many clients that answer heartbeats; one line a second says what they heard. */
import { Member } from '../../harm/member.ts';

const [host = '', port = '', count = '1'] = process.argv.slice(2);
const members = Array.from({ length: Number(count) }, () => new Member(Number(port), { host }));
setInterval(() => {
  for (const member of members) {
    if (member.id === 0 || member.fate !== undefined || member.open > 0) continue;
    member.ask('time');
    member.flush();
  }
}, 250);
setInterval(() => {
  const sum = (of: (member: Member) => number): number =>
    members.reduce((all, member) => all + of(member), 0);
  const greeted = sum(({ id }) => Number(id !== 0));
  const fates = members.flatMap(({ fate }) => fate ?? []);
  const answered = sum((member) => member.answered);
  process.stdout.write(`${JSON.stringify({ greeted, answered, fates })}\n`);
}, 500);
