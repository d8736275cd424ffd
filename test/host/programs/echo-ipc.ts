/** Answers each message with itself and who it was. */
process.on('message', (message) => process.send?.({ message, pid: process.pid }));
