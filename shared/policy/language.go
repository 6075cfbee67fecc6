package policy

import "strings"

// functionWords tell languages in Latin letters apart. Greek is here as people
// type it without Greek letters; none of its words is one of the others'.
var functionWords = [...]struct {
	lang  language
	words string
}{
	{english, `the and you your is are was were have had my it this that for with not from they what when why how can cannot cant could would
		will please thanks thank hi hello just get got been be to of on in at i im we our an if there their dont doesnt did do does out up now
		today still but so all about because who which help`},
	{spanish, `el la los las un una unos que de del por para con sin en es son esta este esto esa ese eso estan no se su sus mi mis me te lo le les yo
		tu ya muy mas pero como cuando donde porque desde hace hasta si al y o hola gracias buenas buenos favor quiero tengo tiene tienen hay fue
		ser han he ha puedo puede nada todo todos tambien ustedes usted nos cuanto cual quien les sigue llevo ¿ ¡`},
	{greek, `kai den einai eimai mou sas gia apo sto stin sthn stis ston oti tora twra thelo thelw mporo mporw mporeite parakalo parakalw exo exw
		exei exete exoume kalimera kalispera geia epidi epeidi akoma akomi akomh prepei kapoios kapoia tipota emena esas mas tis tou
		pou pws poso posa edo edw auto ayto afto efxaristo euxaristo eyxaristo euxaristw eyxaristw efharisto nai oxi ohi kanei kano
		kanw ginetai giati yparxei iparxei kane meres simera shmera xthes avrio mexri molis`},
}

// addVotes puts the function words in.
func (b *lexiconBuilder) addVotes(f *folder) {
	var memory folded
	for _, l := range functionWords {
		for word := range strings.FieldsSeq(l.words) {
			if phrase, err := parts(f, word, &memory); err == nil {
				b.add(form{role: votes, lang: l.lang}, phrase)
			}
		}
	}
}

// languageOf tells the language of what was read: by its script, then by its
// function words, then by what the platform said.
func languageOf(t *folded, s *scan, told string) (lang language, ok bool) {
	switch {
	case t.thai > 0 && t.thai*3 >= t.latin+t.greek:
		return thai, true
	case t.greek > 0 && t.greek*2 >= t.latin:
		return greek, true
	}
	best := english
	for _, l := range [...]language{spanish, greek} {
		if s.votes[l] > s.votes[best] {
			best = l
		}
	}
	if s.votes[best] > 0 {
		return best, true
	}
	told, _, _ = strings.Cut(strings.ToLower(told), "-")
	for l, code := range codes[:languages] {
		if code == told {
			return language(l), true
		}
	}
	return 0, false
}
