// @kapso/whatsapp-cloud-api, pointed at Varco by its option for the base URL.
import { WhatsAppClient, buildTemplateSendPayload } from '@kapso/whatsapp-cloud-api';
import { given, picture, play, words } from './scenario.mjs';

const client = new WhatsAppClient({ accessToken: given.key, baseUrl: given.url });
const { list } = words;
const to = { phoneNumberId: given.number, to: given.person };

await play({
  text: () => client.messages.sendText({ ...to, body: words.text, bizOpaqueCallbackData: words.callback }),
  template: () => client.messages.sendTemplate({
    ...to,
    template: buildTemplateSendPayload({
      name: 'order_shipped', language: 'it', body: [{ type: 'text', text: '4471' }],
    }),
  }),
  upload: () => client.media.upload({
    phoneNumberId: given.number, type: 'image/png', fileName: 'ricevuta.png',
    file: new Blob([picture], { type: 'image/png' }),
  }),
  image: ({ upload }) => client.messages.sendImage({ ...to, image: { id: upload.id, caption: words.caption } }),
  media: ({ upload }) => client.media.get({ mediaId: upload.id }),
  download: async ({ upload }) => {
    const bytes = await client.media.download({ mediaId: upload.id, auth: 'always' });
    return Buffer.from(bytes).toString('base64');
  },
  list: () => client.messages.sendInteractiveList({
    ...to, header: { type: 'text', text: list.header }, bodyText: list.body, footerText: list.footer,
    buttonText: list.button, sections: [{ title: list.section, rows: list.rows }],
  }),
  read: () => client.messages.markRead({ phoneNumberId: given.number, messageId: given.inbound }),
  refused: () => client.messages.sendText({ ...to, to: given.stranger, body: words.refused }),
});
