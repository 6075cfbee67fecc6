package platforms

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// An app is one account of one app of the accounts file, with both sides'
// secrets: a platform has to know them all.
type app struct {
	Platform, Name, Account, Brand, Token string

	keys     []signer // of webhooks; the first one signs
	channels []*part  // that the account has
	number   string   // Zalo: the app's id
	client   string   // the app's id and secret, where its accounts' tokens end
	secret   string
	refresh  string // what the account's next tokens are asked for with, at first
	verify   string // Meta: what the handshake says
	page     string // Instagram by Facebook's login: the page that it is connected to
	handle   string // of the account, where others mention it
}

// readApps reads of the accounts file what a platform knows. It is not the
// check of that file, which is the desk's.
func readApps(doc []byte) ([]*app, error) {
	var file struct {
		Apps []struct {
			Name     string   `yaml:"name"`
			Platform string   `yaml:"platform"`
			Secrets  []string `yaml:"secrets"`
			Verify   string   `yaml:"verify_token"`
			Number   string   `yaml:"app_id"`
			Client   string   `yaml:"client_id"`
			Secret   string   `yaml:"client_secret"`
			Accounts []struct {
				ID      string `yaml:"id"`
				Brand   string `yaml:"brand"`
				Token   string `yaml:"token"`
				Channel string `yaml:"channel"`
				Page    string `yaml:"page"`
				Refresh string `yaml:"refresh_token"`
				Handle  string `yaml:"handle"`
			} `yaml:"accounts"`
		} `yaml:"apps"`
	}
	if err := yaml.Unmarshal(doc, &file); err != nil {
		return nil, fmt.Errorf("reading the accounts file: %w", err)
	}
	var apps []*app
	all := parts()
	for _, e := range file.Apps {
		if !slices.Contains([]string{"line", "telegram", "viber", "zalo", "slack", "discord", "linkedin", "youtube", "tiktok", "standard", "meta", "x"}, e.Platform) {
			continue // nothing is played for it here
		}
		var keys []signer
		for _, secret := range e.Secrets {
			key, err := newSigner(e.Platform, secret)
			if err != nil {
				return nil, fmt.Errorf("app %s: %w", e.Name, err)
			}
			keys = append(keys, key)
		}
		if len(keys) == 0 || len(e.Accounts) == 0 {
			return nil, fmt.Errorf("app %s has no secrets or no accounts", e.Name)
		}
		// An app of LINE's is a channel, one of ours with several accounts are
		// several channels that share an address.
		for _, account := range e.Accounts {
			a := &app{Platform: e.Platform, Name: e.Name, Account: account.ID, Brand: account.Brand, Token: account.Token, keys: keys, number: e.Number, verify: e.Verify, page: account.Page}
			a.client, a.secret, a.refresh = cmp.Or(e.Client, e.Number), e.Secret, account.Refresh
			a.handle = cmp.Or(strings.TrimPrefix(account.Handle, "@"), username(strings.ReplaceAll(account.Brand, " ", "")))
			for _, p := range all {
				if slices.Contains(channelsOf(e.Platform, account.ID, account.Channel), p.channel) {
					a.channels = append(a.channels, p)
				}
			}
			apps = append(apps, a)
		}
	}
	if len(apps) == 0 {
		return nil, errors.New("the accounts file has no app of a platform that is simulated (line, telegram, viber, zalo, slack, discord, linkedin, youtube, tiktok, standard, meta, x)")
	}
	return apps, nil
}

// channelsOf says what an account is there for. One of Meta's whose channel the
// file does not name is a page, with both of a page's ways, unless its id has
// the form of Instagram's.
func channelsOf(platform, id, channel string) []string {
	switch {
	case platform != "meta":
		return []string{platform}
	case slices.Contains([]string{"instagram", "whatsapp", "threads"}, channel):
		return []string{channel}
	case strings.HasPrefix(id, "1784"):
		return []string{"instagram"}
	}
	return []string{"messenger", "facebook_page"}
}

// part returns how the account plays a channel; empty is its first one.
func (a *app) part(channel string) *part {
	for _, p := range a.channels {
		if channel == "" || p.channel == channel {
			return p
		}
	}
	return nil
}

// root is what the brand has published for customers to speak under.
func (a *app) root(channel string) string {
	switch channel {
	case "facebook_page":
		return a.Account + "_" + digits("1221", 18, "post", a.Account)
	case "instagram":
		return digits("179", 17, "media", a.Account)
	case "threads":
		return digits("180", 17, "post", a.Account)
	case "x":
		return digits("20", 19, "post", a.Account)
	case "youtube":
		return digest("video", a.Account)[:11]
	case "tiktok":
		return digits("74", 19, "video", a.Account)
	case "linkedin":
		return "urn:li:activity:" + digits("70", 19, "post", a.Account)
	}
	return ""
}
