package post

import (
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// ToVendor is the kind of channel that a vendor's address is of. Nobody of the desk
// has one.
const ToVendor people.ChannelKind = "vendor"

// A Vendor is somebody outside the desk who may be sent tickets: a supplier, or the
// developers of what is broken.
type Vendor struct {
	Name    string
	For     For
	Text    bool          // the customer's last message goes along
	Author  bool          // the customer's name and handle do
	Expect  time.Duration // in which they are to answer; zero for what the plan says
	Answers string        // where they answer, for them to read; empty for what the desk knows by itself
}

// A For says which tickets somebody gets: those that fit everything that it names, of
// each any one. Without anything it is all.
type For struct {
	Brands, Categories, Tags, Teams []string
}

// fits reports whether one of what a ticket has is named.
func fits(named []string, has ...string) bool {
	return len(named) == 0 || slices.ContainsFunc(has, func(one string) bool { return slices.Contains(named, one) })
}

// Takes reports whether the vendor gets the ticket that n is about.
func (v Vendor) Takes(n desk.Notice) bool {
	f := v.For
	return fits(f.Brands, n.Brand) && fits(f.Categories, string(n.Category)) && fits(f.Tags, n.Tags...) && fits(f.Teams, n.Team)
}

// VendorAddress is where one ticket is sent to a vendor. Each has a box of its own, so
// that one which a vendor does not take holds up no other.
func VendorAddress(vendor string, ticket desk.TicketID) Address {
	return Address{Kind: ToVendor, To: vendor + " " + string(ticket)}
}

// Vendor returns whose the address is, and false for anybody but a vendor's.
func (a Address) Vendor() (name string, ok bool) {
	if a.Kind != ToVendor {
		return "", false
	}
	name, _, ok = strings.Cut(a.To, " ")
	return name, ok
}
