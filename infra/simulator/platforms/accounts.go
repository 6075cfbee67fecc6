package platforms

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// An app is one account of one app of the accounts file, with both sides'
// secrets: a platform has to know them all.
type app struct {
	Platform, Name, Account, Brand, Token string
	keys                                  []signer // of webhooks; the first one signs
}

// readApps reads of the accounts file what a platform knows. It is not the
// check of that file, which is the desk's.
func readApps(doc []byte) ([]*app, error) {
	var file struct {
		Apps []struct {
			Name     string   `yaml:"name"`
			Platform string   `yaml:"platform"`
			Secrets  []string `yaml:"secrets"`
			Accounts []struct {
				ID    string `yaml:"id"`
				Brand string `yaml:"brand"`
				Token string `yaml:"token"`
			} `yaml:"accounts"`
		} `yaml:"apps"`
	}
	if err := yaml.Unmarshal(doc, &file); err != nil {
		return nil, fmt.Errorf("reading the accounts file: %w", err)
	}
	var apps []*app
	for _, e := range file.Apps {
		if e.Platform != "line" && e.Platform != "standard" {
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
			apps = append(apps, &app{e.Platform, e.Name, account.ID, account.Brand, account.Token, keys})
		}
	}
	if len(apps) == 0 {
		return nil, errors.New("the accounts file has no app of a platform that is simulated (line, standard)")
	}
	return apps, nil
}
