package meta_test

import (
	"testing"

	"example.com/skala/shared/platform/meta"
	"example.com/skala/shared/platform/platformtest"
)

func FuzzMessenger(f *testing.F)    { platformtest.Fuzz(f, conforming(meta.Messenger)) }
func FuzzFacebookPage(f *testing.F) { platformtest.Fuzz(f, conforming(meta.FacebookPage)) }
func FuzzInstagram(f *testing.F)    { platformtest.Fuzz(f, conforming(meta.Instagram)) }
func FuzzWhatsApp(f *testing.F)     { platformtest.Fuzz(f, conforming(meta.WhatsApp)) }
func FuzzThreads(f *testing.F)      { platformtest.Fuzz(f, conforming(meta.Threads)) }

func FuzzVerify(f *testing.F) { platformtest.FuzzVerify(f, conforming(meta.Messenger)) }
func FuzzGreet(f *testing.F)  { platformtest.FuzzGreet(f, conforming(meta.Messenger)) }
