package platform

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Project returns the accounts file with nothing in it but what use may know.
// This is how one document is spread over secrets of which each function reads
// its own. Load reads the result for the same use.
func Project(doc []byte, name string, use Use) ([]byte, error) {
	if _, err := Load(doc, name, use); err != nil {
		return nil, err
	}
	root, wrong := parse(doc)
	if wrong != nil {
		return nil, fail(name, []mistake{*wrong})
	}
	for _, app := range lookup(root, "apps").Content {
		app = resolve(app)
		s, _ := speak(lookup(app, "platform").Value)
		if accounts := lookup(app, "accounts"); accounts != nil {
			for _, account := range accounts.Content {
				keep(resolve(account), accountFields(s), use)
			}
		}
		keep(app, appFields(s), use)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(plain(root)); err != nil {
		return nil, fmt.Errorf("%s: writing it for others: %w", name, err)
	}
	return out.Bytes(), nil
}

// keep removes the fields of a mapping that use may not know.
func keep(node *yaml.Node, fields []field, use Use) {
	var kept []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		if uses, ok := usesOf(fields, node.Content[i].Value); ok && uses&use != 0 {
			kept = append(kept, node.Content[i], node.Content[i+1])
		}
	}
	node.Content = kept
}

// plain returns a copy without comments, in which somebody may have noted a
// secret, and without anchors, which may have gone with what was removed.
func plain(node *yaml.Node) *yaml.Node {
	node = resolve(node)
	bare := &yaml.Node{Kind: node.Kind, Tag: node.Tag, Value: node.Value, Style: node.Style}
	for _, n := range node.Content {
		bare.Content = append(bare.Content, plain(n))
	}
	return bare
}
