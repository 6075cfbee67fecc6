package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secrets are references to what lies in Secrets Manager in AWS and in files
// here, by the logical id of the secret in template.yaml.
type secrets map[string]string

// openSecrets makes what is made once, in files that only this user can read, and
// refers to the accounts file for each kind of accounts document; the file of
// notifications is written anew.
func openSecrets(dir, accounts string, notify []byte) (secrets, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keeping secrets: %w", err)
	}
	s := secrets{}
	for _, id := range []string{"SigningAccounts", "SendingAccounts", "ReadingAccounts"} {
		s[id] = "file:" + accounts
	}
	path := filepath.Join(dir, "notify.yaml")
	if err := os.WriteFile(path, notify, 0o600); err != nil {
		return nil, fmt.Errorf("keeping secrets: %w", err)
	}
	s["Notifications"], s["ReadingNotifications"] = "file:"+path, "file:"+path
	for id, name := range map[string]string{"Pepper": "pepper", "SessionKey": "session-key"} {
		path := filepath.Join(dir, name)
		if err := once(path); err != nil {
			return nil, fmt.Errorf("keeping secrets: %w", err)
		}
		s[id] = "file:" + path
	}
	return s, nil
}

// once writes 256 random bits to a file that is not there yet.
func once(path string) error {
	old, err := os.ReadFile(path)
	if err == nil && strings.TrimSpace(string(old)) != "" {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key := make([]byte, 32)
	rand.Read(key)
	fresh := path + ".new" // so that a crash leaves none or a whole one
	if err := os.WriteFile(fresh, []byte(base64.RawURLEncoding.EncodeToString(key)+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}
