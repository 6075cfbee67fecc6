package simulator

import (
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// DemoReplies are the saved replies that a team begins with, one for each language.
func DemoReplies(team string) []people.SavedReply {
	of := func(lang, title, text string, about ...desk.Category) people.SavedReply {
		return people.SavedReply{ID: "demo-" + lang, Team: team, Language: lang, Title: title, Text: text, Categories: about}
	}
	return []people.SavedReply{
		of("en", "Charged twice", "Hello {customer}, I am sorry about the second charge. I have passed it on to be paid back and will tell you here when it is done. {agent}", desk.Billing),
		of("es", "Pedido retrasado", "Hola, {customer}: siento el retraso. Estoy mirando dónde está tu pedido y te escribo aquí en cuanto lo sepa. {agent}", desk.Delivery),
		of("el", "Δεν λειτουργεί", "Γεια σας {customer}, λυπάμαι για την ταλαιπωρία. Το ελέγχουμε τώρα και θα σας γράψω εδώ μόλις διορθωθεί. {agent}", desk.Outage),
		of("th", "ของเสียหาย", "สวัสดีค่ะคุณ {customer} ขออภัยที่สินค้ามีปัญหา รบกวนส่งรูปมาที่นี่นะคะ จะรีบดำเนินการเปลี่ยนให้ค่ะ {agent}", desk.Damaged),
	}
}
