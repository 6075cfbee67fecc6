// Package lexicon holds what triage listens for out of the box: the signals, and
// for each language a file with the phrases that speak for them. Package policy
// reads it; a team's own policy document adds to it.
package lexicon

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
)

//go:embed *.yaml
var files embed.FS

// Files are the lexicon's: signals.yaml, and LANGUAGE.yaml for each of en, es,
// el, th and any.
func Files() fs.FS { return files }

// Hash names the lexicon: the first 12 hexadecimal digits of the SHA-256 of its
// files, in the order of their names.
func Hash() string {
	sum := sha256.New()
	_ = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			content, _ := files.ReadFile(path)
			sum.Write(content)
		}
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:6])
}
