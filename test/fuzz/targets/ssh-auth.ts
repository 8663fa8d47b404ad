// Authentication: every method of RFC 4252 and RFC 4256, keys, signatures, service requests, in and out of order.
import { conversation, words } from '../ssh/auth-messages.ts';
import { conversationTarget } from '../ssh/conversation.ts';

export default conversationTarget(conversation, words);
