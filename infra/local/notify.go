package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/skala/infra/simulator"
	"example.com/skala/shared/channel"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/post"
)

// placed is the file of notifications with where the simulator is.
func placed(content []byte, simulated string, mailPort int) []byte {
	return []byte(strings.NewReplacer("${SIMULATOR}", simulated, "${MAIL_PORT}", strconv.Itoa(mailPort)).Replace(string(content)))
}

// heard is what the receivers of a file of notifications know of it: the secrets of
// programs and vendors by their names, and the key that browsers subscribe with.
func heard(content []byte) (hooks map[string][]string, pushKey string, err error) {
	var file struct {
		Endpoints []struct {
			Name    string   `yaml:"name"`
			Secrets []string `yaml:"secrets"`
		} `yaml:"endpoints"`
		Vendors []struct {
			Name    string   `yaml:"name"`
			Secrets []string `yaml:"secrets"`
		} `yaml:"vendors"`
		Push struct {
			PublicKey string `yaml:"public_key"`
		} `yaml:"push"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		return nil, "", fmt.Errorf("reading the file of notifications: %w", err)
	}
	hooks = map[string][]string{}
	for _, e := range file.Endpoints {
		hooks[e.Name] = e.Secrets
	}
	for _, v := range file.Vendors {
		hooks[v.Name] = v.Secrets
	}
	return hooks, file.Push.PublicKey, nil
}

// checked is the file that a person named, right as the functions read it.
func checked(name string) (document, error) {
	doc, err := open(name)
	if err != nil {
		return doc, fmt.Errorf("the file of notifications cannot be read: %w", err)
	}
	if _, err := channel.Load(placed(doc.content, origin(8081), 25), name); err != nil {
		return doc, fmt.Errorf("the file of notifications is not right: %w", err)
	}
	return doc, nil
}

// browser is the one that the demo lead is told by: its owner, and its name to the
// simulator.
const (
	browserOf = "demo-lead"
	browser   = "demo-browser"
)

// subscribe has the simulated browser of the demo lead agree to be told. It is where
// the simulator is, and so another after a start on another port.
func subscribe(ctx context.Context, store *dynamo.Store, at *simulator.Simulator) error {
	s := at.Receivers.Subscription(browser)
	err := store.Subscribe(ctx, browserOf, post.Subscription{ID: browser, Endpoint: s.Endpoint, P256dh: s.Keys.P256dh, Auth: s.Keys.Auth, At: time.Now().UTC()})
	if err != nil {
		return fmt.Errorf("subscribing the demo browser: %w", err)
	}
	return nil
}
