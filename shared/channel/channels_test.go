package channel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/simulator/receivers"
	"example.com/skala/shared/channel"
	"example.com/skala/shared/channel/email"
	"example.com/skala/shared/channel/outbound"
	"example.com/skala/shared/channel/push"
	"example.com/skala/shared/channel/slack"
	"example.com/skala/shared/channel/webhook"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// A sender is any channel.
type sender interface {
	Send(ctx context.Context, l post.Letter) post.Outcome
}

// subscribed has the browsers of a simulator.
type subscribed struct {
	of   *receivers.Receivers
	gone []string
}

func (s *subscribed) Subscription(_ context.Context, member, id string) (post.Subscription, error) {
	if member != "lea" {
		return post.Subscription{}, desk.ErrNotFound
	}
	sub := s.of.Subscription(id)
	return post.Subscription{ID: id, Endpoint: sub.Endpoint, P256dh: sub.Keys.P256dh, Auth: sub.Keys.Auth}, nil
}

func (s *subscribed) Unsubscribe(_ context.Context, member, id string) error {
	s.gone = append(s.gone, member+" "+id)
	return nil
}

const (
	secret  = "whsec_Y8S3IPyXux5pNAfuQvq4yxGouzT8lKFZHsfkbf0UVXQ="
	another = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

// file is a file of notifications that leads to receivers.
func file(origin string, mail int) string {
	return fmt.Sprintf(`private: true
email: {host: 127.0.0.1, port: %d, from: "Skala <desk@desk.example>", tls: never}
push:
  public_key: BOm_oedQnglwMgklJhbOeAa708lE1tQVRMS4qzwHK_Zq6_boyAsPJ_p9FJ1yWgOhUylrLGh24YbTQipfZzMCcaQ
  private_key: Ovil2gNYao_3M-qurks3pp4xxZTWabD3h1mtqUWMKJc
  contact: mailto:desk@desk.example
endpoints:
  - {name: records, url: %s/receivers/hook/records, secrets: [%s, %s], on: [breach, not sent]}
slack:
  - {name: leads, url: %s/receivers/slack/leads}
`, mail, origin, another, secret, origin)
}

// open starts receivers, and the channels that lead to them, by their kinds.
func open(t *testing.T) (*receivers.Receivers, map[string]sender, *subscribed) {
	t.Helper()
	cfg := receivers.Config{Hooks: map[string][]string{"records": {secret}}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	var r *receivers.Receivers
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { r.Handler().ServeHTTP(w, q) }))
	t.Cleanup(server.Close)
	cfg.Public = server.URL
	r = receivers.New(cfg)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.ServeMail(l))
	f, err := channel.Load([]byte(file(server.URL, l.Addr().(*net.TCPAddr).Port)), "notify.yaml")
	if err != nil {
		t.Fatal(err)
	}
	client, browsers := outbound.Client(f.Private), &subscribed{of: r}
	endpoints := map[string]webhook.Endpoint{}
	for name, e := range f.Endpoints {
		endpoints[name] = e.Endpoint
	}
	return r, map[string]sender{
		receivers.Mail:  &email.Sender{Server: *f.Email},
		receivers.Slack: &slack.Sender{Client: client, URLs: f.Slack},
		receivers.Hook:  &webhook.Sender{Client: client, Endpoints: endpoints, Now: time.Now},
		receivers.Push:  &push.Sender{Client: client, Browsers: browsers, Key: f.Push.Key, Contact: f.Push.Contact, Private: true, Now: time.Now},
	}, browsers
}

// letter is one about a ticket, for a kind of receiver.
func letter(kind string) post.Letter {
	to := map[string]string{receivers.Mail: "lea.lead@desk.example", receivers.Slack: "leads", receivers.Hook: "records", receivers.Push: "phone"}
	return post.Letter{
		ID: "fqvwqueif275c7x3jfddw6o4tm-12", Owner: "lea", To: to[kind], At: time.Now().UTC().Truncate(time.Second), Urgent: true,
		Subject: "Missed at 12:03: acknowledge of <b>a & b</b> ναι", Lines: []post.Line{{Text: "Missed at 12:03: acknowledge of <b>a & b</b> ναι", Link: "https://desk.example/tickets/thread.1"}},
		More: 3, Rest: "and 3 more", Link: "https://desk.example/", Thread: "thread.1", Type: "notices", Data: json.RawMessage(`{"notices":[{"kind":"breach"}]}`),
	}
}

func TestEachChannelBringsALetterAsItsReceiverReadsIt(t *testing.T) {
	t.Parallel()
	r, channels, _ := open(t)
	for kind, by := range channels {
		t.Run(kind, func(t *testing.T) {
			l := letter(kind)
			for try := range 2 { // the second is one whose first try nobody knows the end of
				if o := by.Send(t.Context(), l); o.Class != post.Accepted {
					t.Fatalf("try %d: %+v; %+v", try+1, o, r.Received(kind, "", ""))
				}
			}
			all := r.Received(kind, "", "")
			if len(all) != 2 || !all[0].Taken || len(all[0].Problems) > 0 {
				t.Fatalf("it has %+v", all)
			}
			if kind != receivers.Slack && (all[1].Repeats != 1 || all[0].ID != all[1].ID) {
				t.Errorf("it does not know the second as the first: %+v", all[1])
			}
			if kind == receivers.Hook {
				var said struct {
					Type string          `json:"type"`
					At   time.Time       `json:"timestamp"`
					Data json.RawMessage `json:"data"`
				}
				if err := json.Unmarshal(all[0].Data, &said); err != nil || said.Type != "notices" || !said.At.Equal(l.At) || string(said.Data) != string(l.Data) {
					t.Errorf("%v: it says %s", err, all[0].Data)
				}
				return
			}
			for _, words := range []string{"<b>a & b</b> ναι", "https://desk.example/"} {
				if !strings.Contains(all[0].Subject+all[0].Text+string(all[0].Data), words) && !strings.Contains(decoded(t, all[0].Data), words) {
					t.Errorf("%q is not in %+v", words, all[0])
				}
			}
		})
	}
}

// decoded are the values of a JSON object, where data is one.
func decoded(t *testing.T, data []byte) string {
	t.Helper()
	var all map[string]any
	if len(data) == 0 || json.Unmarshal(data, &all) != nil {
		return ""
	}
	return fmt.Sprint(all)
}

func TestAMailIsOneConversationWithTheOthersOfItsTicket(t *testing.T) {
	t.Parallel()
	r, channels, _ := open(t)
	l := letter(receivers.Mail)
	if o := channels[receivers.Mail].Send(t.Context(), l); o.Class != post.Accepted {
		t.Fatal(o)
	}
	got := r.Received(receivers.Mail, "lea.lead@desk.example", "")[0]
	if got.Thread != "<thread.1@desk.example>" || !strings.Contains(got.ID, l.ID+"@desk.example") || !strings.Contains(got.HTML, "&lt;b&gt;a &amp; b&lt;/b&gt;") || !strings.Contains(got.Text, "and 3 more: https://desk.example/") {
		t.Errorf("%+v", got)
	}
}

func TestHowALetterEndedIsSaid(t *testing.T) {
	t.Parallel()
	r, channels, browsers := open(t)
	want := map[string]map[string]post.Class{
		receivers.Mail:  {"421": post.Later, "451": post.Later, "550": post.Refused, "535": post.Later, "lost": post.Unknown, "dead": post.Unknown},
		receivers.Slack: {"429": post.Later, "400": post.Refused, "403": post.Refused, "404": post.Refused, "410": post.Refused, "500": post.Later, "lost": post.Unknown, "dead": post.Unknown},
		receivers.Hook:  {"429": post.Later, "302": post.Later, "400": post.Later, "401": post.Later, "410": post.Refused, "500": post.Later, "lost": post.Unknown, "dead": post.Unknown},
		receivers.Push: {"429": post.Later, "302": post.Refused, "400": post.Refused, "403": post.Refused, "404": post.Refused, "410": post.Refused, "413": post.Refused,
			"500": post.Later, "lost": post.Unknown, "dead": post.Unknown},
	}
	for kind, by := range channels {
		got := map[string]post.Class{}
		for fault := range want[kind] {
			if err := r.Misbehave(receivers.Fault{Receiver: kind, Fault: fault, After: "7s"}); err != nil {
				t.Fatal(err)
			}
			o := by.Send(t.Context(), letter(kind))
			r.Behave()
			if got[fault] = o.Class; o.Why == "" || strings.Contains(o.Why, "invalid") || fault == "429" && o.After != 7*time.Second {
				t.Errorf("%s, %s: %+v", kind, fault, o)
			}
			if o.Gone != (fault == "404" || fault == "410") {
				t.Errorf("%s, %s: gone is %v", kind, fault, o.Gone)
			}
		}
		if diff := cmp.Diff(want[kind], got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", kind, diff)
		}
	}
	if !slices.Equal(browsers.gone, []string{"lea phone", "lea phone"}) {
		t.Errorf("forgotten are %q", browsers.gone)
	}
}

func TestAnAddressThatNobodyHasIsRefused(t *testing.T) {
	t.Parallel()
	_, channels, _ := open(t)
	for kind, by := range channels {
		l := letter(kind)
		l.To, l.Owner = "nobody", "nobody"
		if kind == receivers.Mail {
			l.To = "no address"
		}
		if o := by.Send(t.Context(), l); o.Class != post.Refused || o.Why == "" {
			t.Errorf("%s: %+v", kind, o)
		}
	}
}

func TestNothingOfThisDesksNetworkIsWithinReach(t *testing.T) {
	t.Parallel()
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(server.Close)
	for _, to := range []string{server.URL, "http://169.254.169.254/latest/meta-data/", "http://localhost:" + server.URL[strings.LastIndex(server.URL, ":")+1:]} {
		if o := outbound.Post(t.Context(), outbound.Client(false), to, http.Header{}, nil, outbound.Refusal); o.Class != post.Refused || asked {
			t.Errorf("%s: %+v", to, o)
		}
	}
	if o := outbound.Post(t.Context(), outbound.Client(true), server.URL, http.Header{}, nil, outbound.Refusal); o.Class != post.Accepted || !asked {
		t.Errorf("where it is allowed: %+v", o)
	}
}

func TestTheFileSaysWhoIsToldOfWhat(t *testing.T) {
	t.Parallel()
	f, err := channel.Load([]byte(file("http://127.0.0.1:1", 25)), "notify.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Programs(desk.ToldBreach); !slices.Equal(got, []string{"records"}) || f.Programs(desk.ToldWarning) != nil {
		t.Errorf("of a breach %v, of a warning %v", got, f.Programs(desk.ToldWarning))
	}
	if r := f.Reach(); !r.Mail || r.PushKey == "" || !slices.Equal(r.Slack, []string{"leads"}) || !slices.Equal(r.Webhooks, []string{"records"}) {
		t.Errorf("people can choose %+v", r)
	}
	for _, empty := range []string{"", "{}", "# nobody yet\n"} {
		if f, err := channel.Load([]byte(empty), "notify.yaml"); err != nil || f.Email != nil || f.Push != nil || f.Reach().Mail {
			t.Errorf("%q: %+v, %v", empty, f, err)
		}
	}
}

func TestEveryMistakeOfTheFileHasItsLineAndQuotesNoSecret(t *testing.T) {
	t.Parallel()
	good := file("https://hooks.example", 25)
	for _, tt := range []struct{ name, from, to, want string }{
		{"no YAML", "private: true", "private: [", "notify.yaml:"},
		{"a field that there is not", "private: true", "privat: true", `notify.yaml:1: the file: there is no field "privat"`},
		{"a program without a secret", "secrets: [" + another + ", " + secret + "], ", "", "notify.yaml:8: an endpoint has one or more secrets"},
		{"a secret that is none", secret, "whsec_short", "notify.yaml:8: a secret is no secret"},
		{"a kind that there is not", "on: [breach", "on: [breaches", `notify.yaml:8: nobody is told of "breaches"`},
		{"a name with a space", "name: leads", "name: the leads", `notify.yaml:10: "the leads" is no name`},
		{"a name twice", "  - {name: leads, url: https://hooks.example/receivers/slack/leads}\n", "  - {name: leads, url: https://hooks.example/1}\n  - {name: leads, url: https://hooks.example/2}\n", `notify.yaml:11: "leads" is there twice`},
		{"an address in the clear", "private: true", "private: false", "notify.yaml:2: tls can be never only where"},
		{"http in earnest", "private: true\nemail: {host: 127.0.0.1, port: 25, from: \"Skala <desk@desk.example>\", tls: never}", "email: {host: a.example, port: 25, from: desk@desk.example}", ""},
		{"a key that is another's", "private_key: Ovil2gNYao_3M", "private_key: Ovil2gNYao_4M", "notify.yaml:4: push: public_key is not that of private_key"},
		{"a contact that is none", "mailto:desk@desk.example", "somebody", "notify.yaml:6: contact begins with"},
		{"a port that is none", "port: 25", "port: 99999", "notify.yaml:2: port is a number"},
		{"no sender of mail", `, from: "Skala <desk@desk.example>"`, "", "notify.yaml:2: email has a from"},
		{"a user without a password", "host: 127.0.0.1", "host: 127.0.0.1, username: me", "notify.yaml:2: email: username and password go together"},
		{"an address of no host", "https://hooks.example/receivers/slack/leads", "slack", "notify.yaml:10: url is no address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := strings.Replace(good, tt.from, tt.to, 1)
			if doc == good {
				t.Fatal("nothing is wrong with it")
			}
			_, err := channel.Load([]byte(doc), "notify.yaml")
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				_, err = channel.Load([]byte(strings.Replace(doc, "https://hooks.example/receivers/slack", "http://hooks.example", 1)), "notify.yaml")
				tt.want = "url is no https address"
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "whsec_s") || strings.Contains(err.Error(), "Ovil2gN")) {
				t.Errorf("it quotes a secret: %v", err)
			}
		})
	}
}
