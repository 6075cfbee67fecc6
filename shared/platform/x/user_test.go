package x_test

import (
	"strings"
	"testing"

	"example.com/skala/shared/desk"
)

// written returns the author of a post whose user has some fields.
func written(t *testing.T, fields string) desk.Author {
	t.Helper()
	body := strings.Replace(first, `"screen_name":"danae_volos"`, `"screen_name":"danae_volos",`+fields, 1)
	e, err := webhooks(t).Parse(desk.RawEvent{Body: []byte(body)})
	if err != nil {
		t.Fatal(err)
	}
	return e.Author
}

func TestWhatThereIsToKnowAboutAnAuthor(t *testing.T) {
	t.Parallel()
	says := func(yes *bool) string {
		switch {
		case yes == nil:
			return "unknown"
		case *yes:
			return "yes"
		}
		return "no"
	}
	for fields, want := range map[string][2]string{ // whether they are verified, and have a picture
		`"a":1`:            {"unknown", "unknown"},
		`"verified":true`:  {"yes", "unknown"},
		`"verified":false`: {"no", "unknown"},
		`"verified":false,"verified_type":"none"`:                          {"no", "unknown"},
		`"verified_type":"none"`:                                           {"no", "unknown"},
		`"verified":false,"verified_type":"blue"`:                          {"yes", "unknown"},
		`"verified":true,"verified_type":""`:                               {"yes", "unknown"},
		`"verified":"true","verified_type":null`:                           {"yes", "unknown"},
		`"verified":1,"verified_type":{}`:                                  {"unknown", "unknown"},
		`"default_profile_image":true,"profile_image_url_https":"https:1"`: {"unknown", "no"},
		`"default_profile_image":false`:                                    {"unknown", "yes"},
		`"profile_image_url":"https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png"`: {"unknown", "no"},
		`"profile_image_url":"https:\/\/pbs.twimg.com\/profile_images\/1\/a.jpg"`:                              {"unknown", "yes"},
		`"profile_image_url":""`: {"unknown", "unknown"},
		`"profile_image_url":null,"profile_image_url_https":"https://a/b"`: {"unknown", "unknown"},
	} {
		a := written(t, fields)
		if got := [2]string{says(a.Verified), says(a.HasPicture)}; got != want {
			t.Errorf("%s: %v, want %v", fields, got, want)
		}
	}
	for fields, want := range map[string]string{
		`"created_at":"Sat Mar 02 08:00:00 +0200 2019"`: "2019-03-02T06:00:00Z",
		`"created_at":"2019-03-02T06:00:00.000Z"`:       "2019-03-02T06:00:00Z",
		`"created_timestamp":"1551506400000"`:           "2019-03-02T06:00:00Z",
		`"created_timestamp":1551506400000`:             "2019-03-02T06:00:00Z",
		`"created_at":"yesterday"`:                      "",
		`"created_at":"Sat Mar 02 08:00:00 +0200 1919"`: "",
		`"created_at":{}`:                               "",
	} {
		got := ""
		if at := written(t, fields).Created; at != nil {
			got = at.Format("2006-01-02T15:04:05Z07:00")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", fields, got, want)
		}
	}
}
