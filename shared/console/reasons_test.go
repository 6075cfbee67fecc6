package console

import (
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/wording"
)

func TestWhatTheDeskSaysOfItsReasonsIsSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	spanish, err := readTexts("es")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"":                                       "",
		"the customer wrote":                     "el cliente escribió",
		"waiting for customer":                   "esperando al cliente",
		"while open":                             "mientras está: Abierto",
		"judged by ann":                          "juzgado por ann",
		"claimed by ann":                         "tomado por ann",
		"released by ann":                        "Soltado por ann",
		"closed":                                 "Cerrado",
		"escalated to tier 3 by ann":             "escalado al nivel 3 por ann",
		"it rests while ann has it":              "descansa mientras lo tiene ann",
		"first response missed: nobody has it":   "vencido: Primera respuesta: nadie lo tiene",
		"nobody of tier 2 is on shift, passed":   "nadie de nivel 2 está de turno, omitido",
		"retargeted: severity from low to high":  "con otro objetivo: gravedad de Baja a Alta",
		"notified ann, lea and 3 more (care)":    "avisado: ann, lea y 3 más (care)",
		"next response is about to be missed":    "a punto de vencer: Siguiente respuesta",
		"retargeted: lane from none to payments": "con otro objetivo: carril de ninguno a payments",
		"resolution missed: escalated from tier 1 to tier 2; vendor acme still has it": "vencido: Resolución: escalado del nivel 1 al nivel 2; el proveedor acme aún lo tiene",
		"it had run out, and nobody noticed before the customer wrote":                 "había caducado, y nadie lo notó antes de: el cliente escribió",
		"the platform says: (#10) no permission":                                       "the platform says: (#10) no permission",
	} {
		if got := spanish.why(said); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
}

func TestEverySentenceOfTheDeskHasItsWordsInEachLanguage(t *testing.T) {
	t.Parallel()
	var all []string
	for _, m := range desk.Metrics {
		for _, state := range desk.States {
			all = append(all, desk.Ticket{State: state}.Stands(m))
		}
	}
	for _, of := range []desk.Timer{desk.TimerWarning, desk.TimerBreach, desk.TimerStep, desk.TimerLease, desk.TimerHold, desk.TimerSnooze, desk.TimerClose, desk.TimerNudge, desk.TimerReply, desk.TimerProfile, desk.TimerForget} {
		for _, do := range []desk.StepKind{"", desk.WarnHolder, desk.NotifyTeam, desk.RaiseTier, desk.PageLead, desk.StartSwarm, desk.HandToVendor, desk.OpenIncident} {
			all = append(all, desk.Cause{Of: of, Do: do, Level: 2, Who: "7"}.Subject())
		}
	}
	for _, lang := range wording.Languages[1:] {
		text, err := readTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range all {
			if got := text.why(said); got == said || strings.Contains(got, "%!") {
				t.Errorf("%s says %q for %q", lang, got, said)
			}
		}
	}
}

func TestBecauseSaysInEnglishWhatTheDeskDoes(t *testing.T) {
	t.Parallel()
	english, err := readTexts(wording.English)
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	moved := &desk.Tick{Why: "retargeted: promised anew", At: noon.Add(-time.Hour)}
	when := func(at time.Time) string { return at.Format("15:04:05") }
	for _, outcome := range []desk.Became{desk.DidFire, desk.DidPass, desk.NotYet, desk.DueAlready, desk.DidStand, desk.DidMeet, desk.DidEnd, desk.DidNot} {
		for _, why := range []string{"", "nobody has it"} {
			for _, r := range []desk.Cause{
				{At: noon, Due: noon}, {At: noon}, {At: noon, Due: noon.Add(time.Hour)},
				{At: noon, Due: noon.Add(-300 * time.Millisecond), Late: 300 * time.Millisecond}, {At: noon, Due: noon.Add(-12500 * time.Millisecond), Late: 12500 * time.Millisecond, Moved: moved},
			} {
				r.Outcome, r.Why = outcome, why
				want := r.Words(when)
				for _, lead := range []string{"not yet: ", "fired ", "passed ", "paused: ", "due ", "met ", "not at all: "} { // which the page has apart
					if rest, ok := strings.CutPrefix(want, lead); ok {
						want = rest
						break
					}
				}
				if got := strings.ReplaceAll(english.became(r, when), "\u202f", " "); got != want {
					t.Errorf("%s is %q, the desk says %q", outcome, got, want)
				}
			}
		}
	}
}
