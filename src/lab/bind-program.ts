/**
 * A server that does no more than socket, bind and listen, with SO_REUSEADDR or without it. Node sets the option on
 * every listening socket, so it is written in the Perl that every Debian has. It says what became of each call in a
 * line, and ends when its standard input does.
 */
const PROGRAM = `
use Socket; $| = 1; my ($reuse, $address, $port, $backlog) = @ARGV;
sub said { my ($call, $ok) = @_; my ($name) = $ok ? 'ok' : grep { $!{$_} } keys %!; print "$call $name\\n"; exit 1 unless $ok; }
said('socket', socket(my $s, PF_INET, SOCK_STREAM, 0));
said('setsockopt(SO_REUSEADDR)', setsockopt($s, SOL_SOCKET, SO_REUSEADDR, pack('l', 1))) if $reuse;
said('bind', bind($s, sockaddr_in($port, inet_aton($address))));
said('listen', listen($s, $backlog));
print "done\\n"; <STDIN>;
`;

export const BIND_PROGRAM = 'perl';

export const bindCommand = (reuse: boolean, address: string, port: number, backlog = 5): string[] => [
  BIND_PROGRAM,
  '-MErrno',
  '-e',
  PROGRAM,
  ...[reuse ? '1' : '0', address, String(port), String(backlog)],
];
