package console

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

// A record is a log being written, a minute an entry.
type record struct{ log []desk.Entry }

func (r *record) at() time.Time {
	return time.Date(2026, 11, 3, 10, len(r.log), 0, 0, time.UTC)
}

func (r *record) add(e desk.Entry) time.Time {
	e.At = r.at()
	e.Version = int64(len(r.log) + 1)
	r.log = append(r.log, e)
	return e.At
}

func (r *record) said(id, text string, more ...func(*desk.Message)) {
	m := desk.Message{ID: id, Key: "key-" + id, Direction: desk.In, Visibility: desk.Public, Text: text, Author: desk.Author{ID: "c", Name: "Customer"}, Time: r.at()}
	for _, change := range more {
		change(&m)
	}
	r.add(desk.Entry{What: desk.Received, Message: &m})
}

// replied is a reply that the platform accepted, of which the item says so.
func (r *record) replied(key string) {
	r.add(desk.Entry{What: desk.Replied, Who: "ann", Message: &desk.Message{ID: "id-" + key, Key: key, Direction: desk.Out, Text: "an answer", Time: r.at(), Delivery: desk.Accepted}})
	r.add(desk.Entry{What: desk.Sending, Target: key})
	r.add(desk.Entry{What: desk.Sent, Target: key})
}

func (r *record) receipt(state desk.DeliveryState, target string, until time.Time) {
	r.add(desk.Entry{What: desk.Noticed, Event: desk.Receipt, Delivery: state, Target: target, Until: until})
}

// deliveries are how far each reply has got.
func (r *record) deliveries() string {
	var all []string
	for _, s := range talkOf(r.log).said {
		if s.Direction != desk.In {
			all = append(all, fmt.Sprint(s.Key, " ", s.Delivery))
		}
	}
	return strings.Join(all, ", ")
}

func TestAReceiptSaysHowFarAReplyHasGot(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		tell func(r *record)
		want string
	}{
		{"none", func(*record) {}, "r1 accepted, r2 accepted"},
		{"of one, by the platform's id", func(r *record) { r.receipt(desk.Delivered, "id-r1", time.Time{}) }, "r1 delivered, r2 accepted"},
		{"of one, by its key", func(r *record) { r.receipt(desk.Read, "r2", time.Time{}) }, "r1 accepted, r2 read"},
		{"of what nobody here sent", func(r *record) { r.receipt(desk.Read, "another", time.Time{}) }, "r1 accepted, r2 accepted"},
		{"of all that went out until a moment", func(r *record) { r.receipt(desk.Read, "", r.log[2].At.Add(time.Second)) }, "r1 read, r2 accepted"},
		{"of all", func(r *record) { r.receipt(desk.Delivered, "", r.at()) }, "r1 delivered, r2 delivered"},
		{"of nothing yet", func(r *record) { r.receipt(desk.Read, "", r.log[0].At) }, "r1 accepted, r2 accepted"},
		{"late, after one that says more", func(r *record) {
			r.receipt(desk.Read, "id-r1", time.Time{})
			r.receipt(desk.Delivered, "id-r1", time.Time{})
		}, "r1 read, r2 accepted"},
		{"that it never arrived", func(r *record) {
			r.add(desk.Entry{What: desk.Undelivered, Target: "r1", Why: "no such number"})
			r.receipt(desk.Read, "", r.at())
		}, "r1 failed, r2 read"},
		{"that it never arrived, and then that it did", func(r *record) {
			r.add(desk.Entry{What: desk.Undelivered, Target: "r1", Why: "no such number"})
			r.add(desk.Entry{What: desk.Sent, Target: "r1", Event: desk.Receipt, Delivery: desk.Delivered})
		}, "r1 delivered, r2 accepted"},
		{"faster than our own send", func(r *record) {
			r.add(desk.Entry{What: desk.Replied, Message: &desk.Message{ID: "id-r3", Key: "r3", Direction: desk.Out, Delivery: desk.Accepted, Time: r.at()}})
			r.add(desk.Entry{What: desk.Sent, Target: "r3", Event: desk.Receipt, Delivery: desk.Delivered})
		}, "r1 accepted, r2 accepted, r3 delivered"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &record{}
			r.said("m1", "hello")
			r.replied("r1")
			r.replied("r2")
			tt.tell(r)
			if got := r.deliveries(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatWasDoneAboutAMessageStandsAtIt(t *testing.T) {
	t.Parallel()
	asks := func(r *record, key string, a desk.ModerationAction) {
		r.add(desk.Entry{What: desk.Moderated, Who: "ann", Why: "spite", Target: "key-m1", Moderation: a, Message: &desk.Message{Key: key, Moderation: a, About: "key-m1", Parent: "m1", Visibility: desk.Note}})
	}
	tests := []struct {
		name string
		tell func(r *record)
		want string
	}{
		{"asked for", func(r *record) { asks(r, "a", desk.HideMessage) }, "hide queued"},
		{"on its way", func(r *record) {
			asks(r, "a", desk.HideMessage)
			r.add(desk.Entry{What: desk.Sending, Target: "a"})
		}, "hide sending"},
		{"put off", func(r *record) {
			asks(r, "a", desk.HideMessage)
			r.add(desk.Entry{What: desk.Sending, Target: "a"})
			r.add(desk.Entry{What: desk.SendDeferred, Target: "a", Why: "slow down"})
		}, "hide queued (slow down)"},
		{"done", func(r *record) {
			asks(r, "a", desk.HideMessage)
			r.add(desk.Entry{What: desk.ModeratedNow, Target: "a"})
		}, "hidden; hide done"},
		{"done, and undone", func(r *record) {
			asks(r, "a", desk.HideMessage)
			asks(r, "b", desk.UnhideMessage)
			r.add(desk.Entry{What: desk.ModeratedNow, Target: "a"})
			r.add(desk.Entry{What: desk.ModeratedNow, Target: "b"})
		}, "hide done; unhide done"},
		{"refused", func(r *record) {
			asks(r, "a", desk.DeleteMessage)
			r.add(desk.Entry{What: desk.ModerateFail, Target: "a", Why: "auth: no permission"})
		}, "delete refused (auth: no permission)"},
		{"deleted by us, and gone", func(r *record) {
			asks(r, "a", desk.DeleteMessage)
			r.add(desk.Entry{What: desk.ModeratedNow, Target: "a"})
			r.log[0].Message.Deleted = true
			r.add(desk.Entry{What: desk.Deleted, Target: "key-m1"})
		}, "removed; deleted; delete done"},
		{"hidden by somebody else of the account", func(r *record) {
			r.add(desk.Entry{What: desk.Noticed, Event: desk.Moderation, Moderation: desk.HideMessage, Target: "m1"})
		}, "hidden"},
		{"another message hidden", func(r *record) {
			r.add(desk.Entry{What: desk.Noticed, Event: desk.Moderation, Moderation: desk.HideMessage, Target: "m9"})
		}, ""},
		{"its author blocked, by the author's name alone", func(r *record) {
			r.add(desk.Entry{What: desk.Noticed, Event: desk.Moderation, Moderation: desk.BlockAuthor})
		}, "blocked"},
		{"its author blocked and unblocked", func(r *record) {
			asks(r, "a", desk.BlockAuthor)
			r.add(desk.Entry{What: desk.ModeratedNow, Target: "a"})
			r.add(desk.Entry{What: desk.Noticed, Event: desk.Moderation, Moderation: desk.UnblockAuthor})
		}, "block done"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &record{}
			r.said("m1", "spiteful words")
			tt.tell(r)
			talk := talkOf(r.log)
			var got []string
			s := talk.said[0]
			for _, state := range []struct {
				is   bool
				word string
			}{{talk.blocked, "blocked"}, {s.Hidden, "hidden"}, {s.Removed, "removed"}, {s.Deleted, "deleted"}} {
				if state.is {
					got = append(got, state.word)
				}
			}
			for _, a := range s.Acts {
				words := fmt.Sprint(a.Action, " ", a.State)
				if a.Problem != "" {
					words += " (" + a.Problem + ")"
				}
				if a.Who != "ann" || a.Why != "spite" {
					t.Errorf("asked for by %q: %q", a.Who, a.Why)
				}
				got = append(got, words)
			}
			if words := strings.Join(got, "; "); words != tt.want {
				t.Errorf("%q, want %q", words, tt.want)
			}
		})
	}
}

func TestAReactionStandsUnderItsMessageUntilItIsTakenBack(t *testing.T) {
	t.Parallel()
	r := &record{}
	r.said("m1", "hello")
	reacts := func(who, text, target string) {
		r.add(desk.Entry{What: desk.Noticed, Event: desk.Reaction, Target: target, Message: &desk.Message{Text: text, Author: desk.Author{ID: who}}})
	}
	reacts("c", "👍", "m1")
	reacts("d", "😡", "m1")
	reacts("c", "❤️", "m1")
	reacts("e", "👀", "m9")
	r.add(desk.Entry{What: desk.Noticed, Event: desk.Reaction, Target: "m1", Message: &desk.Message{Author: desk.Author{ID: "f"}, Attachments: []desk.Attachment{{Type: "reaction", Name: "like"}}}})
	reacts("d", "", "m1")
	var got []string
	for _, one := range talkOf(r.log).said[0].Reactions {
		got = append(got, one.Author.ID+" "+one.Text)
	}
	if diff := cmp.Diff([]string{"c ❤️", "f like"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAQuoteLeadsToWhatItQuotes(t *testing.T) {
	t.Parallel()
	answering := func(parent string) func(*desk.Message) { return func(m *desk.Message) { m.Parent = parent } }
	r := &record{}
	r.said("m1", "the first")
	r.said("m2", "quotes the first", answering("m1"))
	r.said("m3", "quotes our answer", answering("id-r1"))
	r.replied("r1")
	r.said("m4", "quotes what is not here", answering("elsewhere"))
	r.said("m5", "answers a story", answering("s1"), func(m *desk.Message) {
		m.Attachments = []desk.Attachment{{Type: "story", ID: "s1", URL: "https://cdn.example/s1"}}
	})
	r.said("m6", "shares a story and quotes", answering("m1"), func(m *desk.Message) {
		m.Attachments = []desk.Attachment{{Type: "story", ID: "s2"}}
	})
	r.said("m7", "quotes nothing")
	r.said("m8", "quotes a key, which is none of the platform's names", answering("key-m1"))
	r.said("m9", "quotes itself", answering("m9"))
	want := map[string]string{"m2": "1 the first", "m3": "4 an answer (ours)", "m4": "not here", "m5": "story https://cdn.example/s1", "m6": "1 the first", "m8": "not here"}
	got := map[string]string{}
	for _, s := range talkOf(r.log).said {
		switch q := s.Answers; {
		case q == nil:
		case q.Story:
			got[s.ID] = "story " + q.URL
		case q.Version == 0:
			got[s.ID] = "not here"
			if q.ID != s.Parent {
				t.Errorf("%s quotes %q, it says %q", s.ID, q.ID, s.Parent)
			}
		case q.Ours:
			got[s.ID] = fmt.Sprint(q.Version, " ", q.Text, " (ours)")
		default:
			got[s.ID] = fmt.Sprint(q.Version, " ", q.Text)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAPageLeadsNowhereButToHTTPS(t *testing.T) {
	t.Parallel()
	tests := []struct{ address, url, host string }{
		{"https://cdn.example/a?b=c&d=%3C", "https://cdn.example/a?b=c&d=%3C", "cdn.example"},
		{"HTTPS://cdn.example/", "https://cdn.example/", "cdn.example"},
		{"https://ราคา.example/", "https://%E0%B8%A3%E0%B8%B2%E0%B8%84%E0%B8%B2.example/", ""},
		{"http://cdn.example/a", "", ""},
		{"javascript:alert(1)", "", ""},
		{" https://cdn.example/", "", ""},
		{"https:cdn.example", "", ""},
		{"https:///a", "", ""},
		{`https:\\cdn.example`, "", ""},
		{"https://bank.example@cdn.example/", "", ""},
		{`https://bank.example\@cdn.example/`, "", ""},
		{"https://cdn.example/\nx", "", ""},
		{"data:text/html,<b>", "", ""},
		{"//cdn.example/", "", ""},
		{"tel:+6621234567", "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		var url, host string
		if l := linkTo(tt.address); l != nil {
			url, host = l.URL, l.Host
		}
		if url != tt.url || host != tt.host {
			t.Errorf("%q leads to %q at %q, want %q at %q", tt.address, url, host, tt.url, tt.host)
		}
	}
}

func FuzzALinkIsHTTPSWithoutAPassword(f *testing.F) {
	for _, seed := range []string{"https://a.example/b", "javascript:alert(1)", `https:\\a`, "https://a@b", "https://\u202ea/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		l := linkTo(address)
		if l == nil {
			return
		}
		rest, ok := strings.CutPrefix(l.URL, "https://")
		authority, _, _ := strings.Cut(rest, "/")
		if !ok || authority == "" || strings.ContainsAny(authority, `@\`) || strings.ContainsFunc(l.URL, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q leads to %q", address, l.URL)
		}
	})
}

func TestAPlaceIsShownOnAMap(t *testing.T) {
	t.Parallel()
	tests := []struct{ kind, name, want string }{
		{"location", "Lumpini Park (13.7307, 100.5418)", "https://www.openstreetmap.org/?mlat=13.7307&mlon=100.5418#map=17/13.7307/100.5418"},
		{"location", "(-34.6, -58.4)", "https://www.openstreetmap.org/?mlat=-34.6&mlon=-58.4#map=17/-34.6/-58.4"},
		{"location", "a place (somewhere, else)", ""},
		{"location", "a place (NaN, 1)", ""},
		{"location", "a place (91, 1)", ""},
		{"location", "no coordinates", ""},
		{"file", "me (1, 2)", ""},
	}
	for _, tt := range tests {
		var got string
		if l := mapOf(desk.Attachment{Type: tt.kind, Name: tt.name}); l != nil {
			got = l.URL
		}
		if got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.kind, tt.name, got, tt.want)
		}
	}
}

func TestAWindowSaysWhatCanBeSentUntilWhen(t *testing.T) {
	t.Parallel()
	text, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	c := &Console{text: text}
	now := time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)
	soon, later, before, longAgo := now.Add(time.Hour), now.Add(6*time.Hour), now.Add(-time.Hour), now.Add(-2*time.Hour)
	direct, both := []desk.ReplyWay{desk.DirectReply}, []desk.ReplyWay{desk.PublicReply, desk.PrivateReply}
	tests := []struct {
		name   string
		public bool
		can    desk.Capability
		says   string
		until  time.Time
		then   string
		end    time.Time
		ways   string // free, template, private
	}{
		{"at any time", false, desk.Capability{Channels: direct}, "", time.Time{}, "", time.Time{}, "free"},
		{"free text, then a template", false, desk.Capability{Channels: direct, WindowUntil: &soon, AfterWindow: desk.TemplateAfter}, "Free text until", soon, "; after that only a template", time.Time{}, "free template"},
		{"free text, then a person", false, desk.Capability{Channels: direct, WindowUntil: &soon, AfterWindow: desk.HumanAgentAfter, AfterUntil: &later}, "Free text until", soon, "; after that a person may still write", later, "free"},
		{"free text, then nothing", false, desk.Capability{Channels: direct, WindowUntil: &soon}, "Free text until", soon, "; after that nothing", time.Time{}, "free"},
		{"only a template", false, desk.Capability{Channels: direct, WindowUntil: &before, AfterWindow: desk.TemplateAfter}, "The time for free text is over since", before, ": only a template can be sent", time.Time{}, "template"},
		{"a person still", false, desk.Capability{Channels: direct, WindowUntil: &before, AfterWindow: desk.HumanAgentAfter, AfterUntil: &later}, "The time for free text is over since", before, ": a person may still write", later, "free"},
		{"nothing any more", false, desk.Capability{Channels: direct, WindowUntil: &longAgo, AfterWindow: desk.HumanAgentAfter, AfterUntil: &before}, "Nothing can be sent to this customer any more, since", before, "", time.Time{}, ""},
		{"nothing at all", false, desk.Capability{Channels: []desk.ReplyWay{}}, "Nothing can be sent to this customer from here", time.Time{}, "", time.Time{}, ""},
		{"in public and in private", true, desk.Capability{Channels: both, PrivateReplyUntil: &soon, PrivateReplyOnce: true}, "", time.Time{}, "", time.Time{}, "free private"},
		{"in public, and too late in private", true, desk.Capability{Channels: both, PrivateReplyUntil: &before}, "", time.Time{}, "", time.Time{}, "free"},
		{"in private only", true, desk.Capability{Channels: both[1:], PrivateReplyUntil: &soon}, "This can be answered in private only", time.Time{}, "", time.Time{}, "private"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ticket := desk.Ticket{Origin: desk.Origin{Visibility: desk.Private}}
			if tt.public {
				ticket.Visibility = desk.Public
			}
			w := c.windowOf(ticket, tt.can, now)
			var ways []string
			for _, way := range []struct {
				can  bool
				name string
			}{{w.Free, "free"}, {w.Template, "template"}, {w.Private, "private"}} {
				if way.can {
					ways = append(ways, way.name)
				}
			}
			if w.Says != tt.says || !w.Until.Equal(tt.until) || w.Then != tt.then || !w.End.Equal(tt.end) || strings.Join(ways, " ") != tt.ways {
				t.Errorf("%+v, ways %v", w, ways)
			}
		})
	}
}

func TestWhoWasIntroducedHasTheirNameAlsoWhereTheySpokeBefore(t *testing.T) {
	t.Parallel()
	var r record
	r.said("m1", "I was charged twice", func(m *desk.Message) { m.Author.Name = "" })
	r.said("m2", "another person", func(m *desk.Message) { m.Author = desk.Author{ID: "d"} })
	r.add(desk.Entry{What: desk.Introduced, Message: &desk.Message{Author: desk.Author{ID: "c", Name: "Customer"}}})
	said := talkOf(r.log).said
	if said[0].Author.Name != "Customer" || said[1].Author.Name != "" || r.log[0].Message.Author.Name != "" {
		t.Errorf("they are %+v and %+v", said[0].Author, said[1].Author)
	}
}

func TestTheAPILeadsToTheWebAlone(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://example.com/a?b=c": "https://example.com/a?b=c", "http://127.0.0.1:8081/i.png": "http://127.0.0.1:8081/i.png",
		"javascript:alert(1)": "", "data:text/html,x": "", "file:///etc/passwd": "", "//example.com": "", "https:": "", "%zz": "", "": "",
	} {
		v := messageOf(desk.Message{Permalink: address, Attachments: []desk.Attachment{{Type: "link", URL: address}}})
		if v.Permalink != want || v.Attachments[0].URL != want {
			t.Errorf("%q leads to %q and %q", address, v.Permalink, v.Attachments[0].URL)
		}
	}
}
