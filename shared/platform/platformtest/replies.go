package platformtest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/split"
)

func replies(t *testing.T, p Platform) {
	t.Parallel()
	if p.Sender == nil {
		return
	}
	reply := Ask{Name: "sending", Answers: p.Answers}
	send := func(ctx context.Context, s platform.Sender) (string, error) { return s.Send(ctx, p.Reply) }
	asked(t, p, reply, send)
	covered(t, p)
	s := p.Sender("http://127.0.0.1:1")
	_, moderates := s.(platform.Moderator)
	_, profiles := s.(platform.Profiler)
	_, fetches := s.(platform.Fetcher)
	if (moderates || profiles || fetches) && len(p.Asks) == 0 {
		t.Error("its senders are asked for more than replies, and Asks is empty")
	}
	for _, a := range p.Asks {
		asked(t, p, a, func(ctx context.Context, s platform.Sender) (string, error) { return "", a.Do(ctx, s) })
	}
	t.Run("a long text arrives in parts, whole and in order, and the same parts again", func(t *testing.T) {
		t.Parallel()
		long(t, p)
	})
	t.Run("one that fits arrives as it is", func(t *testing.T) {
		t.Parallel()
		messages, _ := p.sent(t, p.Reply, 1)
		if len(messages) != 1 || messages[0].Text != p.Reply.Text {
			t.Errorf("%q arrives as %q", p.Reply.Text, messages)
		}
		tagged(t, p, messages)
	})
}

// covered checks that the answers tell of every way in which a send can end.
func covered(t *testing.T, p Platform) {
	t.Helper()
	missing := map[string]func(a Answer) bool{
		"takes the reply":         func(a Answer) bool { return a.Want.Class == "" && a.ID != "" },
		"asks for patience":       func(a Answer) bool { return a.Want.Class == desk.SendRetry && a.Want.After > 0 },
		"fell over":               func(a Answer) bool { return a.Status >= 500 },
		"does not know our token": func(a Answer) bool { return a.Want.Class == desk.SendAuth },
		"does not like the text":  func(a Answer) bool { return a.Want.Class == desk.SendRejected },
		"sends us somewhere else": func(a Answer) bool { return a.Status/100 == 3 && a.Want.Class != "" },
	}
	for what, is := range missing {
		if !slices.ContainsFunc(p.Answers, is) {
			t.Errorf("no answer of a platform that %s", what)
		}
	}
}

// asked checks what each answer means, and that nobody waits who was told not to.
func asked(t *testing.T, p Platform, ask Ask, do func(context.Context, platform.Sender) (string, error)) {
	for _, a := range ask.Answers {
		t.Run(ask.Name+": "+a.Name, func(t *testing.T) {
			t.Parallel()
			api := httptest.NewServer(p.prepared(func(w http.ResponseWriter, _ *http.Request) { a.answer(w) }))
			defer api.Close()
			id, err := do(t.Context(), p.Sender(api.URL))
			if got := failure(t, err); got != a.Want || id != a.ID {
				t.Errorf("= %q, %+v (%v); want %q, %+v", id, got, err, a.ID, a.Want)
			}
		})
	}
	t.Run(ask.Name+": no answer before the time is up", func(t *testing.T) {
		t.Parallel()
		reached, done := make(chan struct{}), make(chan struct{})
		var once sync.Once
		api := httptest.NewServer(p.prepared(func(http.ResponseWriter, *http.Request) {
			once.Do(func() { close(reached) })
			<-done
		}))
		defer api.Close()
		defer close(done)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-reached
			cancel()
		}()
		s := p.Sender(api.URL)
		_, err := do(ctx, s)
		want := desk.SendUnknown
		if s.Repeatable() {
			want = desk.SendRetry
		}
		if got := failure(t, err).Class; ask.Do == nil && got != want || ask.Do != nil && got != desk.SendRetry && got != desk.SendUnknown {
			t.Errorf("the error is %v, want %s", err, want)
		}
	})
	t.Run(ask.Name+": told not to before it began", func(t *testing.T) {
		t.Parallel()
		api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrives all the same") }))
		defer api.Close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := do(ctx, p.Sender(api.URL))
		if got := failure(t, err).Class; got != desk.SendRetry && got != desk.SendUnknown {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run(ask.Name+": nobody there", func(t *testing.T) {
		t.Parallel()
		api := httptest.NewServer(http.NotFoundHandler())
		api.Close()
		_, err := do(t.Context(), p.Sender(api.URL))
		if got := failure(t, err).Class; got != desk.SendRetry {
			t.Errorf("the error is %v: nothing can have arrived, so it may be sent again", err)
		}
	})
	t.Run(ask.Name+": an answer without an end", func(t *testing.T) {
		t.Parallel()
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			chunk := bytes.Repeat([]byte("["), 64<<10)
			for r.Context().Err() == nil {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}))
		defer api.Close()
		if _, err := do(t.Context(), p.Sender(api.URL)); err != nil {
			failure(t, err)
		}
	})
}

// prepared is an API that answers as then does all but what prepares a reply.
func (p Platform) prepared(then http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.Prepares != nil && p.Prepares(r) {
			p.Accept(w, r)
			return
		}
		then(w, r)
	})
}

// sent sends a reply some times and returns the messages that arrive, and what
// each request with one would be recognised by.
func (p Platform) sent(t *testing.T, r desk.Reply, times int) (messages []Message, keys []string) {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if got := p.Sent(t, r, body); len(got) > 0 {
			messages = append(messages, got...)
			if p.Repeats != nil {
				keys = append(keys, p.Repeats(r))
			}
		}
		if p.Accept != nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			p.Accept(w, r)
		}
	}))
	defer api.Close()
	s := p.Sender(api.URL)
	if s.Repeatable() != (p.Repeats != nil) {
		t.Errorf("Repeatable is %v", s.Repeatable())
	}
	for range times {
		if _, err := s.Send(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return messages, keys
}

// longText has words, lines, a script without spaces, letters of several bytes,
// and emoji that are several letters.
const longText = "Καλημέρα σας! The parcel, as we said, left on Monday.\nสั่งของไปสามวันแล้ว เดี๋ยวทีมงานจะรีบตรวจสอบให้เลยค่ะ 😤 <b>&amp; ¿Qué tal? 👨‍👩‍👧‍👦🇬🇷 e\u0301\n"

func long(t *testing.T, p Platform) {
	r := p.Reply
	can := platform.Capability(r.Origin, r.Answers)
	limit, unit := can.MaxLength.Value, split.Unit(can.MaxLength.Unit)
	if r.Visibility == desk.Private && r.Origin.Visibility == desk.Public && can.PrivateMaxLength != nil {
		limit, unit = can.PrivateMaxLength.Value, split.Unit(can.PrivateMaxLength.Unit)
	}
	if limit <= 0 || unit == "" || len(can.Channels) == 0 {
		t.Fatalf("nothing can be sent: %+v", can)
	}
	for unit.Len(r.Text) <= 3*limit {
		r.Text += longText
	}
	both, keys := p.sent(t, r, 2)
	if len(both) < 6 || len(both)%2 != 0 || cmp.Diff(both[:len(both)/2], both[len(both)/2:]) != "" {
		t.Fatalf("the same text was sent twice in %d parts, which differ", len(both))
	}
	messages := both[:len(both)/2]
	half := keys[:len(keys)/2]
	if cmp.Diff(half, keys[len(keys)/2:]) != "" {
		t.Error("a repeated reply has other keys: it would arrive twice")
	}
	for i, key := range half {
		if key == "" || i > 0 && key == half[i-1] {
			t.Errorf("request %d has the key %q of the one before: it would be taken for a repeat", i, key)
		}
	}
	var texts []string
	for i, m := range messages {
		texts = append(texts, m.Text)
		if n := unit.Len(m.Text); n > limit {
			t.Errorf("part %d has %d %s of %d", i, n, unit, limit)
		}
		if i+1 < len(messages) && unit.Len(m.Text) < limit/2 {
			t.Errorf("part %d has %d %s of %d: that is many messages for one text", i, unit.Len(m.Text), unit, limit)
		}
	}
	if diff := cmp.Diff(strings.Fields(r.Text), strings.Fields(strings.Join(texts, " "))); diff != "" {
		t.Errorf("words were torn or lost (-want +got):\n%s", diff)
	}
	tagged(t, p, messages)
	for shift := range 4 { // so that the cuts fall elsewhere
		words(t, p, limit, unit, strings.Repeat("ναι, ", 3*shift))
	}
	torn(t, p, limit, unit, "เดี๋ยวทีมงานจะรีบตรวจสอบให้เลยค่ะ👨‍👩‍👧‍👦ขอบคุณมากนะคะ🇬🇷")
	torn(t, p, limit, unit, "👨‍👩‍👧‍👦e\u0301🇬🇷")
}

// words sends a text without the end of a line in it, so that every cut has to be
// at a space, also where a script could be parted without one.
func words(t *testing.T, p Platform, limit int, unit split.Unit, before string) {
	t.Helper()
	r := p.Reply
	r.Text = before
	for unit.Len(r.Text) <= 2*limit {
		r.Text += strings.ReplaceAll(longText, "\n", " ")
	}
	messages, _ := p.sent(t, r, 1)
	var got []string
	for _, m := range messages {
		got = append(got, strings.Fields(m.Text)...)
	}
	if diff := cmp.Diff(strings.Fields(r.Text), got); diff != "" {
		t.Errorf("words were torn or lost (-want +got):\n%s", diff)
	}
}

// torn sends a text without a space in it, which has to be parted somewhere.
func torn(t *testing.T, p Platform, limit int, unit split.Unit, text string) {
	t.Helper()
	r := p.Reply
	r.Text = ""
	for unit.Len(r.Text) <= 2*limit {
		r.Text += text
	}
	messages, _ := p.sent(t, r, 1)
	var got []string
	for i, m := range messages {
		got = append(got, graphemes(m.Text)...)
		first, last := []rune(m.Text)[0], []rune(m.Text)[len([]rune(m.Text))-1]
		if i > 0 && (unicode.In(first, unicode.Mn) && unicode.In(first, unicode.Thai) || strings.ContainsRune("ะาำๅๆ", first)) || i+1 < len(messages) && last >= 'เ' && last <= 'ไ' {
			t.Errorf("part %d is torn off in the middle of a Thai syllable: it begins with %q and ends with %q", i, first, last)
		}
	}
	if diff := cmp.Diff(graphemes(r.Text), got); diff != "" {
		t.Errorf("what a reader takes for one character was torn (-want +got):\n%s", diff)
	}
}

func graphemes(s string) (all []string) {
	for clusters := uniseg.NewGraphemes(s); clusters.Next(); {
		all = append(all, clusters.Str())
	}
	return all
}

// tagged checks that each message says whose it is and which part, where the
// platform has a place for that.
func tagged(t *testing.T, p Platform, messages []Message) {
	t.Helper()
	for i, m := range messages {
		own, ours := desk.ParseTag(m.Tag)
		want := desk.OwnReply{Ticket: p.Reply.Ticket, Key: p.Reply.Key, Last: i == len(messages)-1}
		switch {
		case p.Tagged && (!ours || own != want):
			t.Errorf("message %d is tagged %q, which says %+v; want %+v", i, m.Tag, own, want)
		case p.Tagged && m.Tag != p.Reply.Tag(i, len(messages)):
			t.Errorf("message %d is tagged %q, want %q", i, m.Tag, p.Reply.Tag(i, len(messages)))
		case !p.Tagged && m.Tag != "":
			t.Errorf("message %d is tagged %q, and Tagged is not set", i, m.Tag)
		}
	}
}
