// A conversation through @rocket.chat/ddp-client on both sides, the client inside Rocket.Chat's web application and livechat widget.
import { DDPSDK, LivechatClientImpl } from '@rocket.chat/ddp-client';
import { agentName, assert, colleagueName, deskOverREST, digest, Feed, id, profile, run, site, step } from './kit.mjs';

const agentOf = async (username) => {
  const sdk = await DDPSDK.createAndConnect(site);
  await sdk.account.loginWithPassword(username, digest);
  await sdk.call('UserPresence:online');
  assert.ok(sdk.account.uid);
  return sdk;
};

const inquiryOf = async (agent, rid) => (await agent.rest.get('/v1/livechat/inquiries.getOne', { roomId: rid })).inquiry;

const take = async (agent, rid) => {
  const inquiry = await inquiryOf(agent, rid);
  assert.equal(inquiry.status, 'queued');
  if (deskOverREST) await agent.rest.post('/v1/livechat/inquiries.take', { inquiryId: inquiry._id });
  else await agent.call('livechat:takeInquiry', inquiry._id);
  assert.equal((await inquiryOf(agent, rid)).status, 'taken');
};

run(async () => {
  const agent = await step('an agent logs in with a password', () => agentOf(agentName));
  const colleague = await step('so does a colleague', () => agentOf(colleagueName));

  const visitor = LivechatClientImpl.create(site);
  const token = id();
  await step('a visitor connects', () => visitor.connection.connect());
  await step('registers', async () => {
    const { visitor: record } = await visitor.login({ visitor: { token, name: 'Zoe', email: `${token}@example.com` } });
    assert.equal(record.token, token);
    assert.equal(record.name, 'Zoe');
  });
  const config = await step('reads the configuration', () => visitor.config({ token }));
  assert.equal(config.enabled, true);
  assert.equal(config.online, true);

  const rid = (await step('opens a room', () => visitor.room({}))).rid ?? (await visitor.config({ token })).room._id;
  const inRoom = new Feed();
  const deleted = new Feed();
  const agents = new Feed();
  await step('subscribes', async () => {
    visitor.onRoomMessage(rid, inRoom.push);
    visitor.onRoomDeleteMessage(rid, deleted.push);
    visitor.onAgentChange(rid, agents.push);
    await Promise.all([...visitor.client.subscriptions.values()].map((sub) => sub.ready?.()));
  });

  await step('an agent takes the room', async () => {
    await take(agent, rid);
    await agents.wait((data) => data?.username === agentName);
    await inRoom.wait((message) => message.t === 'command' && message.msg === 'connected');
  });

  const atDesk = new Feed();
  await step('the agent follows it', () => agent.stream('room-messages', rid, atDesk.push).ready());

  const question = id();
  await step('the visitor writes, the agent reads', async () => {
    await visitor.sendMessage({ _id: question, rid, msg: 'Hello?' });
    const [message] = await atDesk.wait((m) => m._id === question);
    assert.equal(message.msg, 'Hello?');
    assert.equal(message.alias, 'Zoe');
  });
  const answer = id();
  await step('the agent answers, the visitor reads', async () => {
    const stored = await agent.call('sendMessage', { _id: answer, rid, msg: 'Good morning' });
    assert.equal(stored._id, answer);
    await inRoom.wait((m) => m._id === answer && m.msg === 'Good morning');
  });
  if (profile !== '3.4') {
    // The client writes user-activity, which exists from 4.0 on.
    const activity = new Feed();
    visitor.onRoomUserActivity(rid, activity.push);
    await step('the agent types', async () => {
      await Promise.all([...visitor.client.subscriptions.values()].map((sub) => sub.ready?.()));
      await agent.call('stream-notify-room', `${rid}/user-activity`, agentName, ['user-typing'], {});
      await activity.wait((username, what) => username === agentName && what.includes('user-typing'));
    });
  }
  await step('the visitor edits', async () => {
    await visitor.editMessage(question, { rid, token, msg: 'Hello, anybody?' });
    await atDesk.wait((m) => m._id === question && m.msg === 'Hello, anybody?' && m.editedAt);
  });
  await step('the visitor cannot delete: the client sends no body', async () => {
    await assert.rejects(visitor.deleteMessage(question, { rid }), (refusal) => refusal.status === 400);
  });
  await step('the agent deletes', async () => {
    await agent.rest.post('/v1/chat.delete', { roomId: rid, msgId: answer });
    await deleted.wait((what) => what._id === answer);
  });
  await step('the agent hands the room to the colleague', async () => {
    const userId = colleague.account.uid;
    if (deskOverREST) await agent.rest.post('/v1/livechat/room.forward', { roomId: rid, userId });
    else assert.equal(await agent.call('livechat:transfer', { roomId: rid, userId }), true);
    await agents.wait((data) => data?.username === colleagueName);
    await inRoom.wait((m) => m.t === 'livechat_transfer_history' && m.transferData.transferredTo.username === colleagueName);
  });
  await step('the colleague closes', async () => {
    if (deskOverREST) await colleague.rest.post('/v1/livechat/room.closeByUser', { rid, comment: 'solved' });
    else await colleague.call('livechat:closeRoom', rid, 'solved', { clientAction: true });
    await inRoom.wait((m) => m.t === 'livechat-close' && m.msg === 'solved');
    assert.equal((await visitor.config({ token })).room, undefined);
  });
  await step('the history tells it all', async () => {
    const messages = await visitor.loadMessages(rid, { limit: 100 });
    assert.ok(messages.some((m) => m._id === question && m.msg === 'Hello, anybody?'));
    assert.ok(!messages.some((m) => m._id === answer));
  });
});
