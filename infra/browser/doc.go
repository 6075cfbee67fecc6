// Package browser tests the console as the people who use it do: the whole desk
// runs as `make run` starts it, in a copy of the checkout with ports and data of
// its own, and a headless Chromium looks at it on a wide screen and on a phone.
//
// Every page that is looked at must stay within the width of its screen, load
// nothing that its content security policy refuses, and throw no exception.
// Pictures of the stories are left in .local/screenshots.
package browser
