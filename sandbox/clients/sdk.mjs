// A conversation through @rocket.chat/sdk on both sides, the client of bots and of older widgets.
import SDK from '@rocket.chat/sdk';
import { agentName, assert, colleagueName, deskOverREST, Feed, id, password, profile, run, site, step } from './kit.mjs';

const { Livechat, Rocketchat } = SDK;
const quiet = { debug() {}, info() {}, warn() {}, warning() {}, error() {} };
const options = { logger: quiet, protocol: 'ddp', host: site, useSsl: false };

const agentOf = async (username) => {
  const sdk = new Rocketchat(options);
  await sdk.connect({ host: site, useSsl: false });
  await sdk.login({ username, password });
  await sdk.methodCall('UserPresence:online');
  return sdk;
};

const inquiryOf = async (agent, rid) => (await agent.get('livechat/inquiries.getOne', { roomId: rid })).inquiry;

run(async () => {
  const agent = await step('an agent logs in with a password', () => agentOf(agentName));
  const colleague = await step('so does a colleague', () => agentOf(colleagueName));

  const visitor = new Livechat(options);
  const token = id();
  await step('a visitor registers', () => visitor.login({ visitor: { token, name: 'Zoe' } }));
  assert.equal(visitor.credentials.token, token);
  await step('connects', () => visitor.connect({ host: site, useSsl: false })); // and tells the server its token
  const rid = (await step('opens a room', () => visitor.room({})))._id;
  assert.ok(rid);

  const inRoom = new Feed();
  const agents = new Feed();
  const deleted = new Feed();
  await step('subscribes', async () => {
    await visitor.onMessage(inRoom.push);
    await visitor.onAgentChange(rid, agents.push);
    await visitor.subscribe('stream-room-messages', rid);
    await visitor.subscribe('stream-notify-room', `${rid}/deleteMessage`);
    await visitor.onStreamData('stream-notify-room', ({ fields }) => fields.eventName.endsWith('/deleteMessage') && deleted.push(fields.args[0]));
  });
  await step('an agent takes the room', async () => {
    const { _id } = await inquiryOf(agent, rid);
    if (deskOverREST) await agent.post('livechat/inquiries.take', { inquiryId: _id });
    else await agent.methodCall('livechat:takeInquiry', _id);
    await agents.wait((data) => data?.username === agentName);
  });
  const atDesk = new Feed();
  await step('the agent follows it', async () => {
    await agent.onMessage(atDesk.push);
    await agent.subscribe('stream-room-messages', rid);
  });

  const question = id();
  await step('the visitor writes, the agent reads', async () => {
    await visitor.sendMessage({ _id: question, rid, msg: 'Hello?' });
    await atDesk.wait((m) => m._id === question && m.msg === 'Hello?');
  });
  await step('the agent answers, the visitor reads', async () => {
    const message = await agent.sendMessage('Good morning', rid);
    await inRoom.wait((m) => m._id === message._id && m.msg === 'Good morning');
  });
  if (profile === '3.4') {
    // This client writes typing, which 6.0 dropped.
    const typing = new Feed();
    await step('the visitor types', async () => {
      await agent.subscribe('stream-notify-room', `${rid}/typing`);
      await agent.onStreamData('stream-notify-room', ({ fields }) => typing.push(...fields.args));
      await visitor.notifyVisitorTyping(rid, 'Zoe', true);
      await typing.wait((username, is) => username === 'Zoe' && is === true);
    });
  }
  await step('the visitor edits', async () => {
    await visitor.editMessage(question, { rid, token, msg: 'Hello, anybody?' });
    await atDesk.wait((m) => m._id === question && m.msg === 'Hello, anybody?');
  });
  await step('the visitor deletes', async () => {
    await visitor.deleteMessage(question, { rid });
    await deleted.wait((what) => what._id === question);
  });
  await step('the agent hands the room to the colleague', async () => {
    const userId = colleague.userId;
    if (deskOverREST) await agent.post('livechat/room.forward', { roomId: rid, userId });
    else await agent.methodCall('livechat:transfer', { roomId: rid, userId });
    await agents.wait((data) => data?.username === colleagueName);
  });
  await step('the visitor closes', async () => {
    await visitor.closeChat({ rid });
    await inRoom.wait((m) => m.t === 'livechat-close');
    assert.equal((await visitor.config({ token })).room, undefined);
  });
});
