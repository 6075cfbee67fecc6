package endtoend_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"example.com/skala/infra/localtest"
)

// A file of people goes through the tool, the API and the table of a desk that was
// sown with the demo people; what it changed is there after a restart.
func TestAFileOfPeopleIsTakenInAndStaysAfterARestart(t *testing.T) {
	t.Parallel()
	w := open(t, localtest.Options{})
	tool := buildSkala(t, w)
	type person struct {
		ID, Name string
		Teams    []string
		Version  int
	}
	read := func(id string) (p person) {
		t.Helper()
		if code := w.Ask("GET", w.API+"/api/v1/people/"+id, nil, &p); code != 200 {
			t.Fatalf("%s: %d", id, code)
		}
		return p
	}
	if p := read("demo-agent"); p.Version != 1 || len(p.Teams) < 2 {
		t.Errorf("a desk begins with %+v", p)
	}
	file := filepath.Join(t.TempDir(), "people.csv")
	rows := "id,name,roles,teams,zone,shifts\nnok,Nok,agent:2,general,Asia/Bangkok,mon-fri 09:00-17:00\nbad,Bad,agent,general,Mars/Base,mon 9-5\ndemo-agent,Anna Changed,agent:1,general,,\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	send := func(stdout, stderr string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), tool.program, "import", "people", file)
		cmd.Dir = w.Home()
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 1 || out.String() != stdout || errs.String() != stderr {
			t.Errorf("%v: %q, %q", err, out.String(), errs.String())
		}
	}
	wrong := file + ":3: zone: there is no time zone \"Mars/Base\"\n" + file + ":3: shifts: mon: period \"9-5\" is not of the form HH:MM-HH:MM\n"
	send("1 added, 1 changed, 0 as they were\n", wrong)
	send("0 added, 0 changed, 2 as they were\n", wrong)
	w.Stop()
	w.Run() // which sows again
	if p := read("demo-agent"); p.Name != "Anna Changed" || p.Version != 2 || len(p.Teams) != 1 {
		t.Errorf("after a restart they are %+v", p)
	}
	var audit struct {
		Items []struct{ Who, What, Target string }
	}
	if code := w.Ask("GET", w.API+"/api/v1/audit?target=demo-agent", nil, &audit); code != 200 || len(audit.Items) != 2 || audit.Items[0].What != "changed" || audit.Items[1].Who != "seed" {
		t.Errorf("%d: the audit log says %+v", code, audit)
	}
}
