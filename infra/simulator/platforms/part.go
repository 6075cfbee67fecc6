package platforms

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A part is one way into the desk as it is played here: a platform, or one of
// the channels of Meta's.
type part struct {
	channel  string
	object   string // Meta: of its bodies, which accounts with the same share
	agent    string // that its webhooks come from
	patience time.Duration
	waits    []time.Duration // before what was not accepted is posted again, one by one
	limit    int             // of a customer's text, in UTF-16 units
	places   []string        // where customers speak, the usual one first; all but direct are public
	does     []string        // what can be done, as in Say
	receipts []receipt       // of every message that is accepted

	userID func(a *app, word string) string
	// begin gives e its ids and says in which conversation it happens.
	begin func(n *Network, a *app, e *Event, s *Say) error
	// tell makes what the platform posts about e. n.mu is held in both.
	tell func(n *Network, a *app, e *Event, s *Say) error
	body func(d *delivery, now time.Time) ([]byte, error)
	sign func(a *app, h http.Header, body []byte, id string, at time.Time) error
}

// A receipt is what a platform tells about a message of ours by itself.
type receipt struct {
	do    string
	after time.Duration
}

// everywhere is what can be done on all platforms.
const everywhere = "message picture sticker file location edit unsend"

func parts() []*part {
	meta := []time.Duration{0, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}
	both := []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	chat := []receipt{{"echo", 100 * time.Millisecond}, {"delivered", 300 * time.Millisecond}, {"seen", 2 * time.Second}}
	echo := chat[:1]
	all := []*part{
		{channel: "line", agent: "LineBotWebhook/2.0", patience: 2 * time.Second, waits: both, limit: LineLimit, places: []string{"direct"},
			does: words(everywhere + " postback follow unfollow"), userID: lineUser, begin: beginLINE, tell: (*Network).lineEvent, body: lineBody, sign: signLINE},
		{channel: "standard", agent: "skala-simulator", patience: 15 * time.Second, waits: both, limit: LineLimit, places: []string{"direct"},
			does: words(everywhere + " postback"), userID: standardUser, begin: beginStandard, tell: (*Network).standardEvent, body: standardBytes, sign: signStandard},
		{channel: "telegram", agent: "TelegramBot", patience: 10 * time.Second, waits: both, limit: 4096, places: []string{"direct", "group"}, body: standardBytes, sign: signTelegram,
			does: words("message picture sticker voice file location contact postback edit react follow unfollow unknown"), userID: telegramUser, begin: beginTelegram, tell: (*Network).telegramEvent},
		{channel: "viber", agent: "Viber", patience: 10 * time.Second, waits: both, limit: 7000, places: []string{"direct"}, receipts: chat[1:], body: standardBytes, sign: signViber,
			does: words("message picture sticker file location contact postback follow unfollow unknown"), userID: viberUser, begin: beginViber, tell: (*Network).viberEvent},
		{channel: "zalo", agent: "ZaloWebhook", patience: 2 * time.Second, waits: both, limit: 2000, places: []string{"direct"}, receipts: chat, body: standardBytes, sign: signZalo,
			does: words("message picture sticker file location follow unfollow unknown"), userID: zaloUser, begin: beginZalo, tell: (*Network).zaloEvent},
		{channel: "slack", agent: "Slackbot 1.0", patience: 3 * time.Second, waits: []time.Duration{0, time.Minute, 5 * time.Minute}, limit: 4000, places: []string{"direct", "mention"}, receipts: echo, body: standardBytes, sign: signSlack,
			does: words("message picture file edit unsend revoke unknown"), userID: slackUser, begin: beginSlack, tell: (*Network).slackEvent},
		{channel: "discord", agent: "Discord-Interactions/1.0", patience: 3 * time.Second, limit: 2000, places: []string{"direct", "mention"}, body: standardBytes, sign: signDiscord,
			does: words("message picture file postback dashboard follow unfollow unknown"), userID: discordUser, begin: beginDiscord, tell: (*Network).discordEvent},
		{channel: "linkedin", agent: "LinkedIn", patience: 3 * time.Second, waits: both, limit: 1250, places: []string{"comment", "mention"}, receipts: echo, body: standardBytes, sign: signLinkedIn,
			does: words("message edit unsend react elsewhere unknown"), userID: linkedinUser, begin: beginLinkedIn, tell: (*Network).linkedinEvent},
		{channel: "youtube", agent: "FeedFetcher-Google", patience: 10 * time.Second, waits: both, limit: 10000, places: []string{"comment"}, body: standardBytes, sign: signYouTube,
			does: words("message edit elsewhere publish remove"), userID: youtubeUser, begin: beginYouTube, tell: (*Network).youtubeEvent},
		{channel: "tiktok", agent: "TikTok", patience: 5 * time.Second, waits: []time.Duration{time.Second, 10 * time.Second, time.Minute, 10 * time.Minute}, limit: 6000, places: []string{"direct", "comment", "mention"}, receipts: chat, body: standardBytes, sign: signTikTok,
			does: words("message picture sticker share unsend read hide unhide elsewhere revoke unknown"), userID: tiktokUser, begin: beginTikTok, tell: (*Network).tiktokEvent},
		{channel: "messenger", object: "page", limit: 2000, places: []string{"direct"}, receipts: chat,
			does: words("message picture sticker voice file location link choose postback album edit react read elsewhere dashboard unknown"), userID: messengerUser, begin: beginMessenger, tell: (*Network).messengerEvent},
		{channel: "facebook_page", object: "page", limit: 8000, places: []string{"comment", "post", "mention", "review"}, receipts: echo,
			does: words("message picture edit unsend react hide unhide remove elsewhere publish unknown"), userID: facebookUser, begin: beginFacebook, tell: (*Network).facebookEvent},
		{channel: "instagram", object: "instagram", limit: 1000, places: []string{"direct", "comment", "live", "ad", "mention", "tag"}, receipts: []receipt{chat[0], chat[2]},
			does: words("message picture voice share story_reply story_mention unsupported postback album edit unsend react read elsewhere dashboard unknown"), userID: instagramUser, begin: beginInstagram, tell: (*Network).instagramEvent},
		{channel: "whatsapp", object: "whatsapp_business_account", limit: 4096, places: []string{"direct"}, receipts: []receipt{{"sent", 100 * time.Millisecond}, chat[1], chat[2]},
			does: words("message picture sticker voice file location contact choose album edit unsend react unsupported renumber elsewhere error unknown"), userID: whatsappUser, begin: beginWhatsApp, tell: (*Network).whatsappEvent},
		{channel: "threads", limit: 500, body: threadsBody, places: []string{"comment", "mention"}, receipts: echo,
			does: words("message picture elsewhere publish remove unknown"), userID: threadsUser, begin: beginThreads, tell: (*Network).threadsEvent},
		{channel: "x", agent: "Twitterbot/1.0", patience: 10 * time.Second, waits: []time.Duration{time.Second, 20 * time.Second, 2 * time.Minute}, limit: 10000,
			places: []string{"mention", "reply", "quote", "direct"}, receipts: echo, sign: signX, body: xBody,
			does: words("message picture edit unsend react read typing encrypted elsewhere publish remove revoke dashboard unknown"), userID: xUser, begin: beginX, tell: (*Network).xEvent},
	}
	for _, p := range all {
		if !slices.Contains(metaChannels(), p.channel) {
			continue
		}
		p.agent, p.patience, p.waits, p.sign = "facebookexternalua", 20*time.Second, meta, signMeta
		if p.body == nil {
			p.body = metaBody
		}
	}
	return all
}

// metaChannels lists the channels of the platform meta.
func metaChannels() []string {
	return []string{"messenger", "facebook_page", "instagram", "whatsapp", "threads"}
}

func words(list string) []string { return strings.Fields(list) }

// digits returns an id of length digits that begins with prefix and stands for
// words.
func digits(prefix string, length int, words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	all := fmt.Sprintf("%020d", binary.BigEndian.Uint64(sum[:8]))
	return prefix + all[len(all)-(length-len(prefix)):]
}

// isNumber reports whether s is a number of length digits that begins with prefix.
func isNumber(s, prefix string, length int) bool {
	return len(s) == length && strings.HasPrefix(s, prefix) && strings.Trim(s, "0123456789") == ""
}

// username makes a name such as networks give them to accounts.
func username(word string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '-' || r == '.':
			return '_'
		}
		return -1
	}, word)
	if name == "" {
		return "user_" + digest("username", word)[:8]
	}
	return name
}
