// Package telegram speaks the Telegram Bot API: it checks and splits updates,
// reads them, and sends answers as messages of the bot. Telegram signs nothing;
// it shows a token that was given to it with the webhook's address.
package telegram

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "telegram"

// Webhooks is what one bot receives.
type Webhooks struct {
	account string
	tokens  [][sha256.Size]byte
}

// maxToken is how long a token may be, by Telegram's setWebhook.
const maxToken = 256

// NewWebhooks returns the webhooks of a bot, whose id is account, to which
// Telegram shows one of the tokens: several while one takes over from another.
// Without any they can be read, and every one is refused.
func NewWebhooks(tokens []string, account string) (*Webhooks, error) {
	w := &Webhooks{account: account}
	for _, token := range tokens {
		if !valid(token) {
			return nil, errors.New("secret: Telegram takes 1 to 256 letters, digits, _ and - as a secret token")
		}
		w.tokens = append(w.tokens, sha256.Sum256([]byte(token)))
	}
	return w, nil
}

func valid(token string) bool {
	for _, c := range []byte(token) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return token != "" && len(token) <= maxToken
}

// Verify returns nil when the webhook shows one of the bot's tokens. Nothing is
// signed, neither body nor time, so that neither matters.
func (w *Webhooks) Verify(h http.Header, _ []byte, _ time.Time) error {
	values := wire.Header(h, "X-Telegram-Bot-Api-Secret-Token")
	if len(values) == 0 {
		return fmt.Errorf("telegram: %w", signature.ErrMissing)
	}
	same := 0
	for _, rest := range values[:min(len(values), maxShown)] {
		shown, more := "", true
		for n := 0; n < maxShown && more && len(rest) > 0; n++ { // a gateway joins a header that is there twice
			if len(rest) > maxShown*(maxToken+2) {
				rest = rest[:maxShown*(maxToken+2)]
			}
			shown, rest, more = strings.Cut(rest, ",")
			same |= w.knows(strings.Trim(shown, " "))
		}
	}
	if same == 0 {
		return fmt.Errorf("telegram: %w", signature.ErrInvalid)
	}
	return nil
}

// maxShown bounds how many tokens one webhook may show.
const maxShown = 8

// knows is 1 for a token of the bot's and 0 for any other, after the same time.
func (w *Webhooks) knows(shown string) (same int) {
	sum := sha256.Sum256([]byte(shown))
	for _, token := range w.tokens {
		same |= subtle.ConstantTimeCompare(sum[:], token[:])
	}
	return same
}

// deletions is the kind of update that may be about several messages, and part
// how each but the first is told apart once it stands alone.
const (
	deletions = "deleted_business_messages"
	part      = "skala_part"
)

// Split returns body, which is one update always. One that several messages were
// deleted becomes as many, each with the id of one.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	var d wire.Document
	if err := d.Read(body); err != nil || !d.Root().IsObject() {
		return nil, errors.New("telegram: splitting webhook: body is no JSON object")
	}
	ids := d.Root().Get(deletions).Get("message_ids")
	if ids.Empty() || ids.Only().Found() {
		return []desk.RawEvent{{Account: w.account, Body: body}}, nil
	}
	begin, end := ids.Place()
	var events []desk.RawEvent
	for id := range ids.Elements() {
		if len(events) == maxDeleted {
			return nil, fmt.Errorf("telegram: splitting webhook: more than %d messages are deleted at once", maxDeleted)
		}
		alone := fmt.Appendf(nil, `{"%s":%d,`, part, len(events))
		alone = append(alone, body[open(body)+1:begin]...)
		alone = append(append(append(alone, '['), id.Raw()...), ']')
		events = append(events, desk.RawEvent{Account: w.account, Body: append(alone, body[end:]...)})
	}
	return events, nil
}

// maxDeleted bounds what one update becomes. Telegram deletes a hundred at once.
const maxDeleted = 1000

// open returns where the object begins that body is.
func open(body []byte) int {
	for i, c := range body {
		if c == '{' {
			return i
		}
	}
	return 0
}

// keyOf is the update's id, and which of its deletions it is where there are
// several.
func keyOf(update wire.Value) string {
	id := update.Get("update_id").Text()
	if n, err := strconv.Atoi(update.Get(part).Text()); err == nil && n > 0 && id != "" {
		return id + ":" + strconv.Itoa(n)
	}
	return id
}
