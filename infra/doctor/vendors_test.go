package doctor

import (
	"slices"
	"testing"

	"example.com/skala/shared/channel"
	"example.com/skala/shared/platform"
)

func TestAVendorWhoseAnswersNobodyWouldLetInIsNamed(t *testing.T) {
	t.Parallel()
	const secret = "whsec_YW4gaW52ZW50ZWQga2V5LCAyNCBsb25n"
	file, err := channel.Load([]byte("private: true\nemail: {host: h, port: 25, from: a@example.com}\nvendors:\n"+
		"- {name: acme, url: \"http://127.0.0.1/\", secrets: ["+secret+"]}\n- {name: globex, url: \"http://127.0.0.1/\", secrets: ["+secret+"]}\n- {name: law, email: law@example.com}\n"), "f")
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := platform.Load([]byte("apps:\n- {name: acme, platform: vendor}\n- {name: globex, platform: line, accounts: [{id: U1, brand: b}]}\n"), "f", platform.ForReading)
	if err != nil {
		t.Fatal(err)
	}
	if names := mute(file, accounts.Apps()); !slices.Equal(names, []string{"globex"}) {
		t.Errorf("these cannot answer: %q", names)
	}
}
