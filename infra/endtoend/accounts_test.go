package endtoend_test

// resume lets the replies of every account go that has some waiting, as a person does
// who has put a good token in.
func (w *world) resume() {
	w.t.Helper()
	var all struct {
		Items []struct {
			Platform string `json:"platform"`
			App      string `json:"app"`
			ID       string `json:"id"`
			Paused   string `json:"paused"`
		} `json:"items"`
	}
	if code := w.Ask("GET", w.API+"/api/v1/accounts", nil, &all); code != 200 || len(all.Items) == 0 {
		w.t.Fatalf("the accounts: %d, %+v", code, all)
	}
	for _, a := range all.Items {
		if a.Paused == "" {
			continue
		}
		if code := w.Ask("POST", w.API+"/api/v1/accounts/resume", map[string]string{"platform": a.Platform, "app": a.App, "id": a.ID}, nil); code != 200 {
			w.t.Fatalf("resuming %+v: %d", a, code)
		}
	}
}
