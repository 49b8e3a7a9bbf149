// A foreign server of the control protocol: grpc-js on a Unix domain socket, until standard input ends.
// usage: node server.js PROTO SOCKET
'use strict';
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [proto, socket] = process.argv.slice(2);
const definition = loader.loadSync(proto, { keepCase: true, longs: Number, enums: String, defaults: true });
const { NodeControl } = grpc.loadPackageDefinition(definition).mixmq.control.v1;
const server = new grpc.Server({ 'grpc.max_receive_message_length': 8 * 1024 * 1024, 'grpc.max_send_message_length': 32 * 1024 * 1024 });

server.addService(NodeControl.service, {
  Send: (call, done) => done(null, {
    message_id: Buffer.alloc(16, call.request.content.length & 255),
    sequence: call.request.content.length,
    accepted_unix_ms: 1700000000000,
  }),
  Track: (call, done) => done({ code: grpc.status.NOT_FOUND, details: 'nicht gefunden: ✉ 100 % „zoë“' }),
  // Never answers: the caller's deadline has to end it. The cancellation it then sees is printed.
  GetStatus: (call) => call.on('cancelled', () => process.stdout.write('cancelled\n')),
  // A response over the limit of our client.
  GetTopology: (call, done) => done(null, { nodes: [{ name: 'x'.repeat(6 * 1024 * 1024) }] }),
  // Opens, then gives a message for each credit; ends when the caller does.
  Receive: (call) => {
    let position = 0;
    call.on('data', (request) => {
      if (request.open) call.write({ opened: { session: 9 } });
      else call.write({ message: { position: ++position } });
    });
    call.on('end', () => call.end());
  },
  Peek: (call) => {
    call.on('cancelled', () => process.stdout.write('cancelled\n'));
    for (let i = 1; i <= 3; i++) call.write({ position: i, label: `l${i}`, content: Buffer.alloc(i * 1000) });
    if (call.request.follow) return;
    if (call.request.after_position > 0) {
      call.emit('error', { code: grpc.status.ABORTED, details: 'mid-stream ✂' });
      return;
    }
    call.end();
  },
});

server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  process.stdout.write('ready\n');
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
