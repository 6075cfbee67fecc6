// Package platform lists the social networks the desk speaks to, and reads the
// accounts file that says for whom. To add a network, write its folder and give
// it an entry in spoken.
package platform

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/discord"
	"example.com/skala/shared/platform/line"
	"example.com/skala/shared/platform/linkedin"
	"example.com/skala/shared/platform/meta"
	"example.com/skala/shared/platform/slack"
	"example.com/skala/shared/platform/standard"
	"example.com/skala/shared/platform/telegram"
	"example.com/skala/shared/platform/tiktok"
	"example.com/skala/shared/platform/vendor"
	"example.com/skala/shared/platform/viber"
	"example.com/skala/shared/platform/x"
	"example.com/skala/shared/platform/youtube"
	"example.com/skala/shared/platform/zalo"
)

// Webhooks is what the desk needs of a platform to receive. The door uses the
// first two, triage the last. All three are safe for use by several goroutines.
type Webhooks interface {
	// Verify returns nil when the platform signed body, and not too long before
	// or after now where it signs the time. Header names may be in any case. An
	// error is a refusal; the platform gets a 401.
	Verify(h http.Header, body []byte, now time.Time) error
	// Split returns the events of a verified body, each as a whole webhook body
	// that holds this event alone: splitting that again changes nothing. It
	// fills in Account, Header and Body. A platform that tries the address may
	// send none. An error means that nobody can tell where an event ends: the
	// body is kept whole.
	Split(h http.Header, body []byte) ([]desk.RawEvent, error)
	// Parse reads one event that Split returned. What the platform has added
	// since comes out as desk.Unsupported; an error is for what is not even an
	// event with a key.
	Parse(raw desk.RawEvent) (desk.Event, error)
}

// A Greeter is the Webhooks of a platform that asks by GET, once or again and
// again, whether the address is ours.
type Greeter interface {
	// Greet answers such a question: 200 and what the platform wants to hear, or
	// a refusal with an empty body. The query comes decoded, once.
	Greet(query url.Values) desk.Greeting
}

// An Answerer is the Webhooks of a platform that wants to hear more about some
// webhooks than that they have arrived. Answer is asked of what was verified, and is
// not ok for most of it.
type Answerer interface {
	Answer(h http.Header, body []byte) (answer desk.Greeting, ok bool)
}

// A Moderator is the Sender of an account whose platform lets us act on what
// customers wrote. Each error is a *desk.SendError. Doing the same again does
// no harm.
type Moderator interface {
	Moderate(ctx context.Context, m desk.ModerationRequest) error
}

// A Profiler is the Sender of an account whose platform can be asked who somebody
// is. Each error is a *desk.SendError; desk.SendUnreachable is for somebody of
// whom the platform tells nothing.
type Profiler interface {
	Profile(ctx context.Context, o desk.Origin, author string) (desk.Author, error)
}

// A Fetcher is the Sender of an account whose platform sends thin notices. Fetch
// returns what the platform tells about e, which has Needs, as Parse reads it in
// RawEvent.Fetched. Each error is a *desk.SendError.
type Fetcher interface {
	Fetch(ctx context.Context, e desk.Event) ([]byte, error)
}

// A Poller is the Sender of an account whose platform does not tell what people write.
// Poll returns what was written since c as a body that Split takes, nil for nothing,
// and the cursor to go on from. Each error is a *desk.SendError.
type Poller interface {
	Poll(ctx context.Context, c desk.Cursor) (body []byte, next desk.Cursor, err error)
}

// A Forgiver is the Webhooks of a platform that is not to hear that a webhook was
// refused: it is answered with the status, and dropped.
type Forgiver interface {
	Refusal() int
}

// A speech is how the desk speaks to one platform.
type speech struct {
	name    desk.Platform
	aliases []string // other names for it on the command line
	// The platform's own fields in the accounts file, beside those that all have.
	app, account []field
	// channels are those that an account may be said to be there for; nil for any.
	channels []string
	// single says that the app's only account is the one its events are about.
	single bool
	// mute says that nobody can be asked how an account is.
	mute bool
	// alone says that an app has no accounts: its name is the account that its events
	// are about, and nobody is replied to.
	alone bool
	// check returns what is wrong with the platform's own fields.
	check   func(app entry) []mistake
	receive func(app entry) (Webhooks, error)
	send    func(app entry, account accountEntry, out outside) (Sender, error)
	// capability returns what may be said to a customer whose last message is last.
	capability func(o desk.Origin, last desk.Answered) desk.Capability
}

// spoken is the one list of platforms.
func spoken() []speech {
	return []speech{
		{
			name: line.Name,
			receive: func(app entry) (Webhooks, error) {
				return line.NewWebhooks(app.signing())
			},
			send:       sendLINE,
			capability: line.Capability,
		},
		{
			name:    meta.Name,
			aliases: []string{meta.Messenger, meta.FacebookPage, "facebook", meta.Instagram, meta.WhatsApp, meta.Threads},
			app: []field{
				{"verify_token", ForSigning}, {"proof_secret", ForSending}, {"graph_version", ForSending}, {"threads_version", ForSending},
			},
			account:  []field{{"page", ForSending}},
			channels: []string{meta.Messenger, meta.FacebookPage, meta.Instagram, meta.WhatsApp, meta.Threads},
			check:    checkMeta,
			receive: func(app entry) (Webhooks, error) {
				return meta.NewWebhooks(app.signing(), app.own["verify_token"].value)
			},
			send:       sendMeta,
			capability: meta.Capability,
		},
		{
			name: discord.Name,
			receive: func(app entry) (Webhooks, error) {
				return discord.NewWebhooks(app.signing())
			},
			send:       sendDiscord,
			capability: discord.Capability,
		},
		{
			name: linkedin.Name,
			app:  []field{{"version", ForSending}},
			receive: func(app entry) (Webhooks, error) {
				return linkedin.NewWebhooks(app.signing())
			},
			check:      checkLinkedIn,
			send:       sendLinkedIn,
			capability: linkedin.Capability,
		},
		{
			name: slack.Name,
			receive: func(app entry) (Webhooks, error) {
				return slack.NewWebhooks(app.signing())
			},
			send:       sendSlack,
			capability: slack.Capability,
		},
		{
			name:    standard.Name,
			aliases: []string{"standard_webhooks"},
			single:  true,
			mute:    true,
			app:     []field{{"secrets", ForSigning | ForSending}, {"reply_secret", ForSending}},
			account: []field{{"reply_url", ForSending}},
			check:   checkStandard,
			receive: func(app entry) (Webhooks, error) {
				return standard.NewWebhooks(app.signing(), app.only().ID)
			},
			send:       sendStandard,
			capability: standard.Capability,
		},
		{
			name:   telegram.Name,
			single: true, // a bot has an address of its own
			receive: func(app entry) (Webhooks, error) {
				return telegram.NewWebhooks(app.signing(), app.only().ID)
			},
			send:       sendTelegram,
			capability: telegram.Capability,
		},
		{
			name:    tiktok.Name,
			app:     append(refreshing(), field{"client_id", ForSending}),
			account: []field{{refreshToken, ForSending}},
			check:   func(app entry) []mistake { return checkRefresh(app, "client_id") },
			receive: func(app entry) (Webhooks, error) {
				return tiktok.NewWebhooks(app.signing())
			},
			send:       sendTikTok,
			capability: tiktok.Capability,
		},
		{
			name:   vendor.Name,
			single: true,
			alone:  true,
			receive: func(app entry) (Webhooks, error) {
				return vendor.NewWebhooks(app.signing(), app.account())
			},
			capability: func(desk.Origin, desk.Answered) desk.Capability { return desk.Capability{Channels: []desk.ReplyWay{}} },
		},
		{
			name:   viber.Name,
			single: true, // a callback does not say whose it is
			receive: func(app entry) (Webhooks, error) {
				return viber.NewWebhooks(app.signing(), app.only().ID)
			},
			send:       sendViber,
			capability: viber.Capability,
		},
		{
			name: x.Name,
			receive: func(app entry) (Webhooks, error) {
				return x.NewWebhooks(app.signing())
			},
			send:       sendX,
			capability: x.Capability,
		},
		{
			name:    youtube.Name,
			app:     append(refreshing(), field{"client_id", ForSending}, field{"secrets", ForSigning | ForSending}, field{"callback", ForSending}),
			account: []field{{refreshToken, ForSending}},
			receive: func(app entry) (Webhooks, error) {
				return youtube.NewWebhooks(app.signing(), app.ids())
			},
			check:      checkYouTube,
			send:       sendYouTube,
			capability: youtube.Capability,
		},
		{
			name:    zalo.Name,
			app:     append(refreshing(), field{"app_id", ForSigning | ForSending}),
			account: []field{{refreshToken, ForSending}},
			check:   func(app entry) []mistake { return checkRefresh(app, "app_id") },
			receive: func(app entry) (Webhooks, error) {
				return zalo.NewWebhooks(app.signing(), app.own["app_id"].value)
			},
			send:       sendZalo,
			capability: zalo.Capability,
		},
	}
}

// promised are the platforms of webhook addresses that the desk does not speak
// to yet.
func promised() []desk.Platform {
	return []desk.Platform{"google"}
}

// speak returns how to speak to the platform of that name or alias.
func speak(name string) (speech, bool) {
	all := spoken()
	i := slices.IndexFunc(all, func(s speech) bool {
		return string(s.name) == name || slices.Contains(s.aliases, name)
	})
	if i < 0 {
		return speech{}, false
	}
	return all[i], true
}

// Capability returns what may be said to the customer of a ticket from o whose last
// message is last. Of a platform that is not spoken it has no channels.
func Capability(o desk.Origin, last desk.Answered) desk.Capability {
	s, ok := speak(string(o.Platform))
	if !ok {
		return desk.Capability{Channels: []desk.ReplyWay{}}
	}
	return s.capability(o, last)
}

// Mute reports whether there is nobody to ask how an account of that platform is.
func Mute(p desk.Platform) bool {
	s, ok := speak(string(p))
	return !ok || s.mute
}

// Names returns the platforms that the desk speaks to.
func Names() []desk.Platform {
	var names []desk.Platform
	for _, s := range spoken() {
		names = append(names, s.name)
	}
	return names
}
