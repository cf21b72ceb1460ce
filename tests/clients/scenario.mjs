// What each client does. Steps run in order; each gets what the steps before it gave. The outcome of every step goes to
// standard output as one line of JSON: {step, result} or {step, error}.
//
//   VARCO_SCENARIO   {url, key, number, person, stranger, inbound}: where, as whom, from which number; to a person with an
//                    open window, to one without; a message to mark as read
export const given = JSON.parse(process.env.VARCO_SCENARIO);

export const words = {
  text: 'Buongiorno, l\'ordine 4471 è pronto per il ritiro ☕',
  callback: 'ordine=4471;vista=à',
  caption: 'Ecco la ricevuta',
  list: {
    header: 'Assistenza', body: 'Di che cosa ha bisogno?', footer: 'Bottega Esempio', button: 'Scegli',
    section: 'Ordini',
    rows: [
      { id: 'spedizione', title: 'Dov\'è il mio ordine', description: 'Stato della spedizione' },
      { id: 'reso', title: 'Voglio fare un reso' },
    ],
  },
  refused: 'Le piacerebbe vedere i nuovi arrivi?',
};

// The smallest PNG there is: one transparent pixel.
export const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

export async function play(steps) {
  const done = {};
  for (const [step, run] of Object.entries(steps)) {
    try {
      done[step] = await run(done);
      console.log(JSON.stringify({ step, result: done[step] }));
    } catch (e) {
      console.log(JSON.stringify({ step, error: { ...e, name: e.name, message: e.message } }));
    }
  }
}
