package platform

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
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
	"example.com/skala/shared/platform/viber"
	"example.com/skala/shared/platform/wire"
	"example.com/skala/shared/platform/x"
	"example.com/skala/shared/platform/youtube"
	"example.com/skala/shared/platform/zalo"
)

// A Sender delivers replies for one account. It is safe for use by several
// goroutines.
type Sender interface {
	// Send hands a reply to the platform and returns the platform's id of it,
	// empty where it gives none. Each error is a *desk.SendError; an answer that
	// means "you sent that before" is none. A text over the limit goes out as
	// several messages.
	Send(ctx context.Context, r desk.Reply) (id string, err error)
	// Repeatable reports whether the platform recognises a reply it has had by
	// its key, so that one whose outcome is unknown may be sent again.
	Repeatable() bool
}

// An outside is how replies get out.
type outside struct {
	api    string
	client *http.Client
	now    func() time.Time
	tokens func(desk.AccountKey) wire.Tokens // nil for none
}

// Senders are the senders of all accounts.
type Senders struct {
	accounts map[desk.App]map[string]Sender
}

// Senders returns the senders of all accounts. api is an origin that stands in
// for every platform's, as the simulator does; empty in earnest. The client's
// timeout bounds every request. An address that must not be sent to is an error:
// better a failed start than replies that go nowhere.
func (a *Accounts) Senders(api string, client *http.Client, now func() time.Time) (*Senders, error) {
	out := outside{api: strings.TrimSuffix(api, "/"), client: client, now: now, tokens: a.tokens}
	if u, err := url.Parse(out.api); err != nil || api != "" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "") {
		return nil, fmt.Errorf("platform: %q is no origin to send to", api)
	}
	all := &Senders{accounts: map[desk.App]map[string]Sender{}}
	for _, e := range a.apps {
		s, ok := speak(string(e.platform))
		if !ok {
			return nil, fmt.Errorf("platform: %s", unspoken(string(e.platform)))
		}
		of := map[string]Sender{}
		for _, account := range e.accounts {
			sender, err := s.send(e, account, out)
			if err != nil {
				return nil, fmt.Errorf("platform: app %q, account %q: %w", e.name, account.ID, err)
			}
			of[account.ID] = sender
		}
		all.accounts[e.app()] = of
	}
	return all, nil
}

// Sender returns the sender of the account that a ticket's replies leave by, and
// an error when the accounts file does not name it (any more).
func (s *Senders) Sender(o desk.Origin) (Sender, error) {
	sender, ok := s.accounts[desk.App{Platform: o.Platform, Name: o.App}][o.Account]
	if !ok {
		return nil, fmt.Errorf("the accounts file names no account %q of app %q of platform %s", o.Account, o.App, o.Platform)
	}
	return sender, nil
}

// Each goes through all accounts with their senders, in no order.
func (s *Senders) Each() iter.Seq2[desk.AccountKey, Sender] {
	return func(yield func(desk.AccountKey, Sender) bool) {
		for app, accounts := range s.accounts {
			for id, sender := range accounts {
				if !yield(desk.AccountKey{Platform: app.Platform, App: app.Name, ID: id}, sender) {
					return
				}
			}
		}
	}
}

func sendLINE(_ entry, account accountEntry, out outside) (Sender, error) {
	s := &line.Sender{Token: account.token, API: line.API, HTTP: out.client, Now: out.now}
	if out.api != "" {
		s.API = out.api
	}
	return s, nil
}

// sendMeta sends by the channel that a ticket came in by. Of the app it reads
// graph_version and threads_version, in place of those this desk was written for,
// and proof_secret, the app secret of an app that has each call proved; of the
// account page, the id of the page through which an Instagram account was
// connected. All are for sending alone.
func sendMeta(app entry, account accountEntry, out outside) (Sender, error) {
	return &meta.Sender{
		Account: account.ID, Page: account.own["page"].value, Token: account.token, Secret: app.own["proof_secret"].value,
		GraphVersion: app.own["graph_version"].value, ThreadsVersion: app.own["threads_version"].value,
		API: out.api, HTTP: out.client, Now: out.now,
	}, nil
}

// sendStandard sends to the account's own address, or to the stand-in's. An
// address of the accounts file is one that somebody outside may have asked for:
// in earnest it must be https and lead into the public Internet.
func sendStandard(app entry, account accountEntry, out outside) (Sender, error) {
	s := &standard.Sender{URL: account.own["reply_url"].value, HTTP: out.client, Now: out.now}
	switch {
	case out.api == "" && s.URL != "":
		if !strings.HasPrefix(s.URL, "https://") {
			return nil, fmt.Errorf("reply_url is not https")
		}
		s.HTTP = publicOnly(out.client)
	case s.URL == "" && out.api != "":
		s.URL = out.api + "/standard/" + url.PathEscape(app.name) + "/replies"
	}
	secrets := app.signing()
	if own, ok := app.own["reply_secret"]; ok {
		secrets = []string{own.value}
	}
	for _, secret := range secrets {
		if strings.HasPrefix(secret, "whpk_") { // checks what comes in, signs nothing
			continue
		}
		signer, err := standard.NewSigner(secret)
		if err != nil {
			return nil, err
		}
		s.Signer = signer
		break
	}
	return s, nil
}

func sendDiscord(_ entry, account accountEntry, out outside) (Sender, error) {
	return &discord.Sender{Token: account.token, API: cmp.Or(out.api, discord.API), HTTP: out.client, Now: out.now}, nil
}

// sendLinkedIn comments as the organisation whose URN the account is. Of the app it
// reads version, in place of the one this desk was written for.
func sendLinkedIn(app entry, account accountEntry, out outside) (Sender, error) {
	return &linkedin.Sender{
		Account: account.ID, Token: account.token, Version: app.own["version"].value, API: cmp.Or(out.api, linkedin.API), HTTP: out.client, Now: out.now,
	}, nil
}

func sendSlack(_ entry, account accountEntry, out outside) (Sender, error) {
	return &slack.Sender{Token: account.token, API: cmp.Or(out.api, slack.API), HTTP: out.client, Now: out.now}, nil
}

func sendTelegram(_ entry, account accountEntry, out outside) (Sender, error) {
	return &telegram.Sender{Token: account.token, API: cmp.Or(out.api, telegram.API), HTTP: out.client, Now: out.now}, nil
}

// sendTikTok answers as the business account whose open id the account is.
func sendTikTok(app entry, account accountEntry, out outside) (Sender, error) {
	return &tiktok.Sender{
		Account: account.ID, Token: account.token, Tokens: out.tokensOf(app, account), API: cmp.Or(out.api, tiktok.API), HTTP: out.client, Now: out.now,
		ClientID: app.clientID(), ClientSecret: app.own["client_secret"].value,
	}, nil
}

// sendViber shows the brand as who sends.
func sendViber(_ entry, account accountEntry, out outside) (Sender, error) {
	return &viber.Sender{Token: account.token, Name: account.Brand, API: cmp.Or(out.api, viber.API), HTTP: out.client, Now: out.now}, nil
}

// sendX sends as the account, whose id is its user id and whose token it gave us.
func sendX(_ entry, account accountEntry, out outside) (Sender, error) {
	return &x.Sender{Account: account.ID, Token: account.token, API: cmp.Or(out.api, x.API), HTTP: out.client, Now: out.now}, nil
}

// sendYouTube asks and answers as the channel that the account is. Of the app it reads
// callback, the address that the hub is to send to, and the secret to sign with.
func sendYouTube(app entry, account accountEntry, out outside) (Sender, error) {
	s := &youtube.Sender{
		Account: account.ID, Token: account.token, Tokens: out.tokensOf(app, account), Callback: app.own["callback"].value, API: cmp.Or(out.api, youtube.API), Hub: cmp.Or(out.api, youtube.Hub),
		OAuth: cmp.Or(out.api, youtube.OAuth), HTTP: out.client, Now: out.now, ClientID: app.clientID(), ClientSecret: app.own["client_secret"].value,
	}
	if secrets := app.signing(); len(secrets) > 0 {
		s.Secret = secrets[0]
	}
	return s, nil
}

func sendZalo(app entry, account accountEntry, out outside) (Sender, error) {
	return &zalo.Sender{
		Token: account.token, Tokens: out.tokensOf(app, account), API: cmp.Or(out.api, zalo.API), OAuth: cmp.Or(out.api, zalo.OAuth), HTTP: out.client, Now: out.now,
		AppID: app.clientID(), AppSecret: app.own["client_secret"].value,
	}, nil
}

// publicOnly returns client with a transport that connects to public addresses
// alone. It looks at the address that a name has led to, when it is dialled, so
// that a name cannot change its mind in between, and it goes through no proxy,
// which would hide that address.
func publicOnly(client *http.Client) *http.Client {
	dialer := &net.Dialer{
		Timeout: 10 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !public(at.Addr()) {
				return standard.ErrForbiddenAddress
			}
			return nil
		},
	}
	guarded := *client
	guarded.Transport = &http.Transport{
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     time.Minute,
		MaxIdleConns:        10,
	}
	return &guarded
}

// public reports whether an address belongs to a host of the public Internet.
func public(at netip.Addr) bool {
	at = at.Unmap()
	if !at.IsGlobalUnicast() || at.IsPrivate() || at.IsLinkLocalUnicast() || at.IsLoopback() {
		return false
	}
	for _, reserved := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		// The ways into IPv4 and to a provider's inside that IPv6 has.
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		if netip.MustParsePrefix(reserved).Contains(at) {
			return false
		}
	}
	return true
}
