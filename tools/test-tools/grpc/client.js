// A foreign client of the control protocol: grpc-js calls a server on a Unix domain socket and prints one JSON line.
// usage: node client.js PROTO SOCKET SCENARIO
'use strict';
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [proto, socket, scenario] = process.argv.slice(2);
const definition = loader.loadSync(proto, { keepCase: true, longs: Number, enums: String, defaults: true });
const { NodeControl } = grpc.loadPackageDefinition(definition).mixmq.control.v1;
const client = new NodeControl(`unix:${socket}`, grpc.credentials.createInsecure(), {
  'grpc.max_receive_message_length': 8 * 1024 * 1024,
  'grpc.max_send_message_length': 32 * 1024 * 1024,
});

function finish(result) {
  process.stdout.write(JSON.stringify(result) + '\n', () => {
    client.close();
    process.exit(0);
  });
}

const ended = (error, response) => finish(error ? { code: error.code, details: error.details } : { code: 0, response });

const scenarios = {
  unary: () => client.Send({ to: 'zoë', conversation: 'c', content: Buffer.alloc(100000, 7), label: 'a.txt' },
    (error, r) => ended(error, r && { id: r.message_id.toString('hex'), sequence: r.sequence, accepted: r.accepted_unix_ms })),
  large: () => client.Send({ to: 'x', content: Buffer.alloc(4 * 1024 * 1024, 1) },
    (error, r) => ended(error, r && { sequence: r.sequence })),
  oversize: () => client.Send({ to: 'x', content: Buffer.alloc(5 * 1024 * 1024) }, ended),
  error: () => client.Track({ message_id: Buffer.alloc(3) }, ended),
  deadline: () => client.GetStatus({}, { deadline: Date.now() + 1500 }, ended),
  missing: () => client.makeUnaryRequest('/mixmq.control.v1.NodeControl/Nothing', (b) => b, (b) => b, Buffer.alloc(0), ended),
  gzip: () => {
    const compressing = new NodeControl(`unix:${socket}`, grpc.credentials.createInsecure(), {
      'grpc.default_compression_algorithm': 2,
    });
    compressing.Send({ to: 'x', content: Buffer.alloc(1000) }, ended);
  },
  stream: () => {
    const received = [];
    const call = client.Peek({ follow: false, max_messages: 5 });
    call.on('data', (m) => received.push({ position: m.position, label: m.label, bytes: m.content.length }));
    call.on('error', (error) => ended(error));
    call.on('end', () => finish({ code: 0, response: received }));
  },
  // A grant of one after each answer.
  duplex: () => {
    const received = [];
    const call = client.Receive();
    call.on('data', (m) => {
      received.push(m.opened ? 'opened' : m.message ? 'message' : 'caught_up');
      if (received.length < 6) call.write({ credit: 1 });
      else call.end();
    });
    call.on('error', (error) => ended(error));
    call.on('end', () => finish({ code: 0, response: received }));
    call.write({ open: { consumer: 'c' } });
  },
  cancel: () => {
    let received = 0;
    const call = client.Peek({ follow: true });
    call.on('data', () => {
      if (++received === 2) call.cancel();
    });
    call.on('error', (error) => finish({ code: error.code, response: received }));
  },
};
scenarios[scenario]();
