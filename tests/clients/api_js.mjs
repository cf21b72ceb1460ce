// whatsapp-api-js, which knows no address but https://graph.facebook.com: Varco stands there (hook.mjs).
import { WhatsAppAPI } from 'whatsapp-api-js';
import {
  ActionList, Body, BodyComponent, BodyParameter, Footer, Header, Image, Interactive, ListSection, Row, Template, Text,
} from 'whatsapp-api-js/messages';
import { given, picture, play, words } from './scenario.mjs';

const client = new WhatsAppAPI({ token: given.key, secure: false, v: 'v25.0' });
const { list } = words;
const send = (message, to = given.person, callback = undefined) =>
  client.sendMessage(given.number, { phone: to }, message, undefined, callback);

await play({
  text: () => send(new Text(words.text), given.person, words.callback),
  template: () => send(new Template('order_shipped', 'it', new BodyComponent(new BodyParameter('4471')))),
  upload: () => {
    const form = new FormData();
    form.set('file', new Blob([picture], { type: 'image/png' }), 'ricevuta.png');
    return client.uploadMedia(given.number, form);
  },
  image: ({ upload }) => send(new Image(upload.id, true, words.caption)),
  media: ({ upload }) => client.retrieveMedia(upload.id),
  download: async ({ media }) => {
    const response = await client.fetchMedia(media.url);
    return Buffer.from(await response.arrayBuffer()).toString('base64');
  },
  list: () => send(new Interactive(
    new ActionList(list.button, new ListSection(
      list.section, ...list.rows.map((row) => new Row(row.id, row.title, row.description)))),
    new Body(list.body), new Header(list.header), new Footer(list.footer))),
  read: () => client.markAsRead(given.number, given.inbound),
  refused: () => send(new Text(words.refused), given.stranger),
});
