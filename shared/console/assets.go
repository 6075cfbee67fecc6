package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed static
var staticFiles embed.FS

//go:embed openapi.json
var openAPI []byte

// An asset is a file that pages refer to, under an address that changes with
// its content, so that browsers keep it for good.
type asset struct {
	body    []byte
	kind    string
	version string
}

func readAssets() (map[string]asset, error) {
	files, err := staticFiles.ReadDir("static")
	if err != nil {
		return nil, fmt.Errorf("reading the assets: %w", err)
	}
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	assets := map[string]asset{}
	for _, file := range files {
		body, err := staticFiles.ReadFile("static/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the assets: %w", err)
		}
		kind, ok := kinds[path.Ext(file.Name())]
		if !ok {
			kind = mime.TypeByExtension(path.Ext(file.Name()))
		}
		sum := sha256.Sum256(body)
		assets[file.Name()] = asset{body, kind, hex.EncodeToString(sum[:6])}
	}
	return assets, nil
}

func (c *Console) static(w http.ResponseWriter, r *http.Request) error {
	a, ok := c.assets[r.PathValue("file")]
	if !ok {
		return errNoPage
	}
	if r.URL.Query().Get("v") == a.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("ETag", `"`+a.version+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
	return nil
}

func (c *Console) openAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(openAPI) // a client that left is no failure of ours
	return nil
}
