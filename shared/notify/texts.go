package notify

import (
	"embed"
	"sync"

	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
	"example.com/skala/shared/wording"
)

// What letters say: a folder for each language, with the same keys in all.
//
//go:embed texts
var textFiles embed.FS

// languageOf is the code of the language in which an address is written to: that which
// whose it is has chosen, a person or a team, else English, as programs are.
func languageOf(d people.Directory, a post.Address) string {
	reads := d.Members[a.Owner].Reads
	if team, ok := a.Team(); ok {
		reads = d.Teams[team].Reads
	}
	if a.Program() || !wording.Speaks(reads) {
		return wording.English
	}
	return reads
}

// catalogues are what letters say, by the code of a language. A catalogue that can't be
// read has no words: a letter has the keys in their place, and goes out all the same.
var catalogues = sync.OnceValue(func() map[string]wording.Texts {
	all := map[string]wording.Texts{}
	for _, code := range wording.Languages {
		t, err := wording.Read(textFiles, "texts", code)
		if err != nil {
			t = wording.Texts{Language: wording.In(code)}
		}
		all[code] = t
	}
	return all
})
