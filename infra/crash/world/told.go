package world

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"example.com/skala/shared/desk"
)

// notified is the file of notifications of every world: one program is told of
// everything, and vendors get outages and lost parcels, at the world's own server.
const notified = `private: true
endpoints:
  - name: records
    url: %[1]s/told/records
    secrets: ["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
    on: [warning, breach, assigned, taken over, not sent, with vendor, vendor said, swarm, mention]
vendors:
  - {name: acme, url: "%[1]s/told/acme", secrets: ["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="], for: {categories: [outage]}, expect: 4h}
  - {name: quick, url: "%[1]s/told/quick", secrets: ["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="], for: {categories: [delivery]}, expect: 2m}
push: {public_key: %[2]s, private_key: %[3]s, contact: "mailto:desk@desk.example"}
`

// notifications is that file for a world whose server has an address.
func notifications(server string) ([]byte, error) {
	pair, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("a pair of keys for web push: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString
	return fmt.Appendf(nil, notified, server, text(pair.PublicKey().Bytes()), text(pair.Bytes())), nil
}

// A Taken is a letter that the program took, or the vendor.
type Taken struct {
	ID      string // the letter's
	Notices []desk.Notice
	Lent    desk.TicketID // that the vendor was sent; empty for the program
}

// A Deafness is what the program does in place of taking letters.
type Deafness struct {
	Status int  // that it answers
	Lost   bool // it takes the letter and cuts the connection
	Times  int  // how often
}

// Deafen has the program do so from now on.
func (w *World) Deafen(d Deafness) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf = d
}

// Told are the letters that the program took, in their order: those that it took twice
// stand there twice.
func (w *World) Told() []Taken {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.told)
}

// tell is the program, and the vendor.
func (w *World) tell(rw http.ResponseWriter, r *http.Request) {
	var in struct {
		Data struct {
			Notices []desk.Notice `json:"notices"`
			Ticket  desk.TicketID `json:"ticket"`
		} `json:"data"`
	}
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if err != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	deaf := w.deaf
	if deaf.Times > 0 {
		w.deaf.Times--
	}
	takes := deaf.Times == 0 || deaf.Lost
	if takes {
		w.told = append(w.told, Taken{r.Header.Get("webhook-id"), in.Data.Notices, in.Data.Ticket})
	}
	w.mu.Unlock()
	switch {
	case deaf.Times > 0 && deaf.Lost:
		panic(http.ErrAbortHandler)
	case takes:
		rw.WriteHeader(http.StatusNoContent)
	default:
		rw.WriteHeader(deaf.Status)
	}
}
