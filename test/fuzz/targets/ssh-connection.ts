// Channels, their requests, global requests and re-keying of a client that is logged in.
import { conversation, login, words } from '../ssh/channel-messages.ts';
import { conversationTarget } from '../ssh/conversation.ts';

export default conversationTarget(conversation, words, login);
