// See cost.sh. Reads what an open page is sent, until it is ended; says how much that was.
import WebSocket from 'ws';

let messages = 0, characters = 0;
const socket = new WebSocket('ws://' + process.argv[2] + '/api/live',
  { origin: 'http://' + process.argv[2] });
socket.on('message', data => { messages++; characters += data.length; });
socket.on('error', e => { console.error(String(e)); process.exit(1); });
process.on('SIGTERM', () => { console.log(`${messages} messages, ${characters} bytes`); process.exit(0); });
