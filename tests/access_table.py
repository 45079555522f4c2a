"""Who may reach which page: one line a route. A route that is not here fails tests/test_access.py.

A new page: add a line with its method, its rule as Flask writes it, and who it is for:
  open_to_all(...)   anybody; every person gets the same answer
  staff(...)         staff with the permission, for what lies in their scope
  signed(...)        whoever has the link; with another order's token there is nothing
  door(...)      anybody who is not signed in; the others are inside already and go on
  customer(...)      whoever is signed in; with a `place`, the object's owner alone
`place` makes the address of a UPT's object (of a missing one when given None); a route without an object
needs none, but an `example` where its rule leaves a choice. `form` is what a working form would send, so
that only the guard can refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from accounts.rules import Permission

MISSING_NUMBER = "LP-0000000000-1"
A_COLLEAGUES_LIST = "/staff/daftar/<uuid:key>/hapus"
"""What is somebody's alone: not even who works beside them finds it."""

LEFT_TO_AN_OFFICE = "/staff/orang/titipan/<uuid:key>/selesai"
"""For who works in the office itself; for those above it there is nothing to see to."""
FORM_KEY = "00000000-0000-4000-8000-000000000000"
RULED_CATEGORY = "kategori-yang-wajib-berizin-di-toko-"  # as long as the other, so pages are too
RULE = {"kinds": "other", "since": "2126-01-01"}
NIB = {"kind": "NIB", "number": "9120001234567"}
WORDS = {"name": "Kenari", "kind": "good", "unit": "buah"}
PLACE = {
    "name": "Sari",
    "phone": "081234567890",
    "street": "Jalan Asia Afrika 8",
    "village": "32.73.19.1001",
    "postcode": "40111",
}


@dataclass(frozen=True)
class Things:
    """What a UPT has in the world of the test: a parcel, its order with the token of the link, a product."""

    upt_code: str
    upt_slug: str
    kanwil_slug: str
    parcel: str
    order: str
    token: str
    sku: str
    product_slug: str
    draft: str
    enquiry: str
    enquiry_token: str
    copy: str
    session: str
    email_token: str
    review: str
    review_picture: str
    reviewed: str
    reviewed_token: str
    arrived: str
    arrived_token: str
    invoice: str
    problem: str
    picture: str
    photograph: str
    photograph_file: str
    permit: str
    address: str
    restock: str
    member: str
    invitation: str
    handover: str
    count: str
    pause: str
    stock_table: str
    saved_list: str
    asked_of: str
    asked_by: str
    transfer: str
    stall: str


Place = Callable[[Things | None], str]


@dataclass(frozen=True)
class Line:
    """One route and who it is for."""

    method: Literal["GET", "POST"]
    rule: str
    kind: Literal["open", "staff", "signed", "door", "customer"]
    permission: Permission | None = None
    place: Place | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    example: str = ""

    def address(self, things: Things | None) -> str:
        """Where to knock for a UPT's object, or for one that is missing."""
        return self.place(things) if self.place else self.example or self.rule


OTHER_TABLES = "/staff/stok/impor/<any(produksi, harga, barang):word>"
"""Where tables of other kinds than stock are sent."""

PRODUCTION = "/staff/stok/impor/produksi"


def open_to_all(method: Literal["GET", "POST"], rule: str, place: Place | None = None, **form: str) -> Line:
    """A route for anybody."""
    return Line(method, rule, "open", place=place, form=form)


def staff(
    method: Literal["GET", "POST"],
    rule: str,
    permission: Permission,
    place: Place | None = None,
    form: Mapping[str, str] | None = None,
) -> Line:
    """A route for staff with a permission."""
    return Line(method, rule, "staff", permission, place, form or {})


def files(rule: str, permission: Permission, place: Place | None = None) -> Line:
    """A list as a file, CSV or XLSX; that of a UPT's object has a `place`."""
    whole = f"{rule}.<any(csv, xlsx):ending>"
    return Line("GET", whole, "staff", permission, place, example="" if place else f"{rule}.csv")


def looked_after(step: str = "") -> Place:
    """A UPT as the offices above it see it."""
    return lambda things: f"/staff/upt/{things.upt_code if things else 'NONE'}{step}"


def signed(method: Literal["GET", "POST"], rule: str, place: Place, **form: str) -> Line:
    """A route for whoever has the link."""
    return Line(method, rule, "signed", place=place, form=form)


def device(things: Things | None) -> str:
    """Where a device of the owner is signed out."""
    return f"/akun/keamanan/sesi/{things.session if things else FORM_KEY}/keluar"


def new_address(things: Things | None) -> str:
    """The link at the address the owner asked for."""
    return f"/akun/keamanan/surel/{things.email_token if things else 'none'}"


def door(rule: str) -> Line:
    """A page of the way in."""
    return Line("GET", rule, "door")


def customer(method: Literal["GET", "POST"], rule: str, place: Place | None = None, **form: str) -> Line:
    """A route of the customer's home, for whoever is signed in; with a `place`, for its owner alone."""
    return Line(method, rule, "customer", place=place, form=form)


def parcel(step: str = "") -> Place:
    """The page of a parcel, or a step on it."""
    return lambda things: f"/staff/paket/{things.parcel if things else MISSING_NUMBER}{step}"


def shelf(step: str = "") -> Place:
    """The page of a shelf, or a change of it."""
    return lambda things: f"/staff/stok/{f'{things.upt_code}/{things.sku}' if things else 'NONE/NONE'}{step}"


def stock_table(step: str = "") -> Place:
    """A table of stock that was sent in and booked, and what is done with it."""
    return lambda things: f"/staff/stok/impor/{things.stock_table if things else FORM_KEY}{step}"


def count(step: str = "") -> Place:
    """A sheet of a stock-take, or a step on it."""
    return lambda things: f"/staff/stok/hitung/{things.count if things else FORM_KEY}{step}"


def asked_of(step: str) -> Place:
    """What another UPT asks of this one."""
    return lambda things: f"/staff/alih-paket/{things.asked_of if things else FORM_KEY}{step}"


def asked_by(things: Things | None) -> str:
    """What this UPT asks of another, taken back."""
    return f"/staff/alih-paket/{things.asked_by if things else FORM_KEY}/tarik"


def transfer(step: str = "") -> Place:
    """A transfer, or a step on it."""
    return lambda things: f"/staff/stok/pindah/{things.transfer if things else FORM_KEY}{step}"


def stall(step: str = "") -> Place:
    """A place beside a UPT's store, or a step on it."""
    return lambda things: f"/staff/stok/tempat/{things.stall if things else FORM_KEY}{step}"


def product_page(things: Things | None) -> str:
    """The page of a product."""
    return f"/produk/{things.product_slug if things else 'none'}"


def order_page(step: str = "") -> Place:
    """A customer's page of an order, or a step on it."""
    return lambda things: f"/pesanan/{f'{things.order}/{things.token}' if things else 'LP-0/none'}{step}"


def own_order(step: str = "") -> Place:
    """An order in its owner's home, or a step on it."""
    return lambda things: f"/akun/pesanan/{things.order if things else 'LP-0'}{step}"


def paper(things: Things | None) -> str:
    """An invoice for the offices of its parcel."""
    return f"/staff/faktur/{things.invoice if things else FORM_KEY}"


def paper_of_order(things: Things | None) -> str:
    """An invoice for the customer of its order."""
    return f"{order_page()(things)}/faktur/{things.invoice if things else FORM_KEY}"


def review_page(things: Things | None) -> str:
    """Where the buyer of an order that has arrived reviews what was in it."""
    return f"/pesanan/{f'{things.arrived}/{things.arrived_token}' if things else 'LP-0/none'}/ulasan/1"


def own_review_picture(things: Things | None) -> str:
    """A photograph of a review, as the buyer who sent it sees it."""
    order = f"{things.reviewed}/{things.reviewed_token}" if things else "LP-0/none"
    return f"/pesanan/{order}/ulasan/foto/{things.review_picture if things else FORM_KEY}"


def review(step: str = "") -> Place:
    """The page of a review, or what is done with it."""
    return lambda things: f"/staff/ulasan/{things.review if things else 'UL-0000000000'}{step}"


def question_page(things: Things | None) -> str:
    """Where the buyer of an order asks the UPT about its parcel."""
    return f"{order_page('/tanya')(things)}/{things.parcel if things else MISSING_NUMBER}"


def own_address(step: str = "") -> Place:
    """An address in its owner's book, or a step on it."""
    return lambda things: f"/akun/alamat/{things.address if things else FORM_KEY}{step}"


def own_restock(things: Things | None) -> str:
    """Stopping to wait for something that is sold out."""
    return f"/akun/keinginan/kabari/{things.restock if things else FORM_KEY}/berhenti"


def problem(step: str = "") -> Place:
    """A reported problem for staff, or what is done about it."""
    return lambda things: f"/staff/masalah/{things.problem if things else 'MS-0000000000'}{step}"


def report_page(things: Things | None) -> str:
    """Where the customer of an order reports a problem of a parcel."""
    return f"{order_page()(things)}/masalah/{things.parcel if things else MISSING_NUMBER}"


def enquiry(step: str = "") -> Place:
    """The page of an enquiry, or what is done with it."""
    return lambda things: f"/staff/permintaan/{things.enquiry if things else 'PM-0000000000'}{step}"


def thread(things: Things | None) -> str:
    """A customer's page of an enquiry."""
    return f"/permintaan/{f'{things.enquiry}/{things.enquiry_token}' if things else 'PM-0/none'}"


def note(prefix: str = "note", body: str = "") -> Mapping[str, str]:
    """A form that would add to a thread."""
    return {f"{prefix}-key": FORM_KEY, f"{prefix}-body": body}


def photographs_of(things: Things | None) -> str:
    """The photographs of a product."""
    return f"/staff/foto/produk/{things.product_slug if things else 'none'}"


def permit(step: str = "") -> Place:
    """The page of a permit, or a step on it."""
    return lambda things: f"/staff/izin/{things.permit if things else FORM_KEY}{step}"


def permit_rule(things: Things | None) -> str:
    """The rule about permits of the one category that has one."""
    return f"/staff/izin/aturan/{RULED_CATEGORY if things else FORM_KEY}"


def draft(step: str = "") -> Place:
    """A product that was put forward, or a step on its page."""
    return lambda things: f"/staff/produk/{things.draft if things else 'none'}{step}"


def draft_variant(step: str = "") -> Place:
    """A variant of it, by the only key it can have."""
    return draft(f"/varian/new-1{step}")


def photograph(step: str) -> Place:
    """A photograph that waits for its review, and what is done with it."""
    return lambda things: f"/staff/foto/{things.photograph if things else FORM_KEY}{step}"


def member(step: str = "") -> Place:
    """Somebody who works in a UPT, or what is done about them."""
    return lambda things: f"/staff/orang/{things.member if things else FORM_KEY}{step}"


def change(prefix: str, **more: str) -> Mapping[str, str]:
    """A form that would change a shelf."""
    form = {"key": FORM_KEY, "quantity": "1", **more}
    return {f"{prefix}-{name}": value for name, value in form.items()}


TABLE: tuple[Line, ...] = (
    open_to_all("GET", "/static/<path:filename>", lambda _: "/static/css/lapak.css"),
    open_to_all("GET", "/healthz"),
    open_to_all("GET", "/readyz"),
    open_to_all("GET", "/styleguide"),
    open_to_all("GET", "/styleguide/<any(light, dark):theme>", lambda _: "/styleguide/dark"),
    open_to_all("GET", "/styleguide/themes.css"),
    # --- the shop ---------------------------------------------------------------------------------------
    open_to_all("GET", "/"),
    open_to_all("GET", "/luring"),
    open_to_all("GET", "/sw.js"),
    open_to_all("GET", "/produk"),
    open_to_all("GET", "/produk/<slug>", product_page),
    open_to_all("POST", "/produk/<slug>", product_page),
    open_to_all("GET", "/cari"),
    open_to_all("GET", "/tentang"),
    open_to_all("GET", "/bagikan/beranda/lapak.png"),
    open_to_all(
        "GET", "/bagikan/produk/<string(maxlength=200):slug>.png", lambda _: "/bagikan/produk/none.png"
    ),
    open_to_all("GET", "/bagikan/upt/<string(maxlength=200):slug>.png", lambda _: "/bagikan/upt/none.png"),
    open_to_all(
        "GET", "/bagikan/kanwil/<string(maxlength=200):slug>.png", lambda _: "/bagikan/kanwil/none.png"
    ),
    open_to_all(
        "GET",
        "/gambar/<string(maxlength=60):category>/<string(maxlength=200):slug>.png",
        lambda _: "/gambar/roti_kue/roti.png",
    ),
    open_to_all("GET", "/favicon.ico"),
    open_to_all("GET", "/apple-touch-icon.png"),
    open_to_all("GET", "/ikon-<any('192', '512'):size>.png", lambda _: "/ikon-192.png"),
    open_to_all("GET", "/manifest.webmanifest"),
    open_to_all("GET", "/upt/<slug>", lambda things: f"/upt/{things.upt_slug if things else 'none'}"),
    open_to_all("GET", "/robots.txt"),
    open_to_all("GET", "/sitemap.xml"),
    open_to_all("GET", "/sitemap/produk-<number>.xml", lambda _: "/sitemap/produk-1.xml"),
    open_to_all("GET", "/sitemap/tempat.xml"),
    open_to_all("GET", "/sitemap/halaman.xml"),
    open_to_all("GET", "/produk/terbaru.atom"),
    open_to_all("GET", "/kanwil"),
    open_to_all(
        "GET", "/kanwil/<slug>", lambda things: f"/kanwil/{things.kanwil_slug if things else 'none'}"
    ),
    open_to_all("GET", "/peta"),
    open_to_all("GET", "/cari/saran"),
    open_to_all("POST", "/provinsi", provinsi="bali"),
    open_to_all("GET", "/provinsi/<slug>", lambda things: f"/provinsi/{'aceh' if things else 'none'}"),
    open_to_all("GET", "/keranjang"),
    open_to_all("POST", "/keranjang"),
    open_to_all(
        "GET",
        "/gambar/<string(maxlength=60):category>/<string(maxlength=200):slug>.svg",
        lambda _: "/gambar/roti_kue/roti.svg",
    ),
    open_to_all(
        "GET",
        "/gambar/<string(maxlength=60):category>/<string(maxlength=200):slug>/<string(maxlength=40):view>.svg",
        lambda _: "/gambar/roti_kue/roti/dekat.svg",
    ),
    open_to_all(
        "GET",
        "/foto/<uuid:key>/<string(maxlength=60):name>",
        lambda things: f"/foto/{things.photograph if things else FORM_KEY}/x-320.avif",
    ),
    open_to_all("GET", "/checkout"),
    open_to_all("POST", "/checkout"),
    signed("GET", "/pesanan/<number>/<token>", order_page()),
    signed("POST", "/pesanan/<number>/<token>/bayar", order_page("/bayar")),
    signed("POST", "/pesanan/<number>/<token>/batal", order_page("/batal")),
    signed("POST", "/pesanan/<number>/<token>/batal-dan-kembalikan", order_page("/batal-dan-kembalikan")),
    signed(
        "POST",
        "/pesanan/<number>/<token>/<parcel>/sampai",
        lambda things: f"{order_page()(things)}/{things.parcel if things else MISSING_NUMBER}/sampai",
    ),
    signed(
        "POST",
        "/pesanan/<number>/<token>/<parcel>/ambil-sendiri",
        lambda things: f"{order_page()(things)}/{things.parcel if things else MISSING_NUMBER}/ambil-sendiri",
    ),
    signed("GET", "/pesanan/<number>/<token>/masalah/<parcel>", report_page),
    signed(
        "POST",
        "/pesanan/<number>/<token>/masalah/<parcel>",
        report_page,
        key=FORM_KEY,
        reason="damaged",
        body="Barangnya sobek semua.",
    ),
    signed(
        "GET",
        "/pesanan/<number>/<token>/masalah/foto/<uuid:key>",
        lambda things: f"{order_page()(things)}/masalah/foto/{things.picture if things else FORM_KEY}",
    ),
    signed("GET", "/pesanan/<number>/<token>/faktur/<uuid:key>", paper_of_order),
    signed("GET", "/pesanan/<number>/<token>/tanya/<parcel>", question_page),
    signed(
        "POST", "/pesanan/<number>/<token>/tanya/<parcel>", question_page, key=FORM_KEY, body="Sudah dikirim?"
    ),
    signed("GET", "/pesanan/<number>/<token>/ulasan/<int:position>", review_page),
    signed(
        "POST",
        "/pesanan/<number>/<token>/ulasan/<int:position>",
        review_page,
        key=FORM_KEY,
        stars="4",
        body="Bagus.",
    ),
    signed("GET", "/pesanan/<number>/<token>/ulasan/foto/<uuid:key>", own_review_picture),
    open_to_all(
        "GET",
        "/ulasan/foto/<uuid:key>",
        lambda things: f"/ulasan/foto/{things.review_picture if things else FORM_KEY}",
    ),
    open_to_all("GET", "/produk/<slug>/ulasan", lambda things: f"{product_page(things)}/ulasan"),
    open_to_all("GET", "/produk/<slug>/permintaan", lambda things: f"{product_page(things)}/permintaan"),
    open_to_all("POST", "/produk/<slug>/permintaan", lambda things: f"{product_page(things)}/permintaan"),
    signed("GET", "/permintaan/<number>/<token>", thread),
    signed("POST", "/permintaan/<number>/<token>", thread, key=FORM_KEY, body="Terima kasih."),
    open_to_all("POST", "/produk/<slug>/keinginan", lambda things: f"{product_page(things)}/keinginan"),
    open_to_all("POST", "/produk/<slug>/kabari", lambda things: f"{product_page(things)}/kabari"),
    open_to_all("GET", "/kabari/<token>", lambda _: "/kabari/none"),
    open_to_all("POST", "/kabari/<token>", lambda _: "/kabari/none"),
    open_to_all("POST", "/webhooks/stripe"),
    door("/masuk"),
    open_to_all("POST", "/masuk"),
    open_to_all("GET", "/masuk/kode"),
    open_to_all("POST", "/masuk/kode"),
    open_to_all("POST", "/keluar"),
    door("/daftar"),
    open_to_all("POST", "/daftar"),
    open_to_all("GET", "/daftar/surel"),
    open_to_all("GET", "/daftar/konfirmasi/<token>", lambda _: "/daftar/konfirmasi/none"),
    open_to_all("POST", "/daftar/konfirmasi/<token>", lambda _: "/daftar/konfirmasi/none"),
    open_to_all("GET", "/lupa-sandi"),
    open_to_all("POST", "/lupa-sandi"),
    open_to_all("GET", "/lupa-sandi/surel"),
    open_to_all("GET", "/atur-sandi/<token>", lambda _: "/atur-sandi/none"),
    open_to_all("POST", "/atur-sandi/<token>", lambda _: "/atur-sandi/none"),
    open_to_all("GET", "/ambil-kembali/<token>", lambda _: "/ambil-kembali/none"),
    open_to_all("POST", "/ambil-kembali/<token>", lambda _: "/ambil-kembali/none"),
    # --- the customer's home ----------------------------------------------------------------------------
    customer("GET", "/akun"),
    customer("GET", "/akun/pesanan"),
    customer("POST", "/akun/pesanan/<number>/lagi", own_order("/lagi")),
    customer("GET", "/akun/pemberitahuan"),
    customer("POST", "/akun/pemberitahuan"),
    customer("GET", "/akun/data-saya"),
    customer(
        "GET",
        "/akun/data-saya/<uuid:key>.zip",
        lambda things: f"/akun/data-saya/{things.copy if things else FORM_KEY}.zip",
    ),
    customer("POST", "/akun/data-saya"),  # after the copy was fetched: a new one takes its place
    customer("GET", "/akun/data-saya/hapus"),
    customer("POST", "/akun/data-saya/hapus"),
    open_to_all("GET", "/berhenti/<token>", lambda _: "/berhenti/none"),
    open_to_all("POST", "/berhenti/<token>", lambda _: "/berhenti/none"),
    customer("GET", "/akun/alamat"),
    customer("GET", "/akun/alamat/baru"),
    customer("POST", "/akun/alamat/baru", None, **PLACE),
    customer("GET", "/akun/alamat/<uuid:key>", own_address()),
    customer("POST", "/akun/alamat/<uuid:key>", own_address(), **PLACE),
    customer("POST", "/akun/alamat/<uuid:key>/utama", own_address("/utama")),
    customer("POST", "/akun/alamat/<uuid:key>/hapus", own_address("/hapus")),
    customer("GET", "/akun/keinginan"),
    customer("POST", "/akun/keinginan", None, slug="none"),
    customer("POST", "/akun/keinginan/kabari/<uuid:key>/berhenti", own_restock),
    customer("GET", "/akun/keamanan"),
    # first what later lines would close
    customer("POST", "/akun/keamanan/sesi/<uuid:session_id>/keluar", device),
    customer("GET", "/akun/keamanan/surel/<token>", new_address),
    customer("POST", "/akun/keamanan/surel/<token>", new_address),
    customer("GET", "/akun/keamanan/konfirmasi"),
    customer("POST", "/akun/keamanan/konfirmasi"),
    customer("GET", "/akun/keamanan/nama"),
    customer("POST", "/akun/keamanan/nama", name="Sari Wulandari"),
    customer("GET", "/akun/keamanan/sandi"),
    customer("POST", "/akun/keamanan/sandi", password="kebun teh di lereng gunung"),
    customer("GET", "/akun/keamanan/surel"),
    customer("POST", "/akun/keamanan/surel", email="lain@example.id"),
    customer("POST", "/akun/keamanan/keluar-semua"),
    customer("GET", "/akun/keamanan/dua-langkah"),
    customer("POST", "/akun/keamanan/dua-langkah", code="123456"),
    customer("POST", "/akun/keamanan/dua-langkah/kode-pemulihan"),
    customer("POST", "/akun/keamanan/dua-langkah/hapus"),
    # --- staff ------------------------------------------------------------------------------------------
    open_to_all("GET", "/staff/masuk"),
    open_to_all("POST", "/staff/masuk"),
    open_to_all("GET", "/staff/masuk/kode"),
    open_to_all("POST", "/staff/masuk/kode"),
    open_to_all("GET", "/staff/masuk/kode-contoh"),
    open_to_all("POST", "/staff/keluar"),
    staff("GET", "/staff", "parcel.see"),
    staff("GET", "/staff/upt", "upt.oversee"),
    staff("GET", "/staff/upt/<upt_code>", "upt.oversee", looked_after()),
    staff(
        "POST",
        "/staff/upt/<upt_code>/pesan",
        "upt.oversee",
        looked_after("/pesan"),
        {"key": FORM_KEY, "body": "Halo."},
    ),
    staff("POST", "/staff/upt/<upt_code>/gantikan", "upt.oversee", looked_after("/gantikan"), {"reason": ""}),
    staff("POST", "/staff/gantikan/selesai", "parcel.see"),
    staff("GET", "/staff/paket", "parcel.see"),
    staff("POST", "/staff/paket/terima", "parcel.work"),
    staff(
        "GET",
        "/staff/paket/cetak/<any(slip, label):what>.pdf",
        "parcel.see",
        lambda things: f"/staff/paket/cetak/slip.pdf?parcel={things.parcel if things else MISSING_NUMBER}",
    ),
    staff("GET", "/staff/paket/<number>", "parcel.see", parcel()),
    staff("GET", "/staff/paket/<number>/slip", "parcel.see", parcel("/slip")),
    staff("GET", "/staff/faktur/<uuid:key>", "parcel.see", paper),
    staff("POST", "/staff/paket/<number>/terima", "parcel.work", parcel("/terima")),
    staff("POST", "/staff/paket/<number>/kemas", "parcel.work", parcel("/kemas")),
    staff(
        "POST",
        "/staff/paket/<number>/kirim",
        "parcel.work",
        parcel("/kirim"),
        {"courier": "JNE", "tracking_number": "JNE0012345678"},
    ),
    staff(
        "POST",
        "/staff/paket/<number>/nomor-resi",
        "parcel.work",
        parcel("/nomor-resi"),
        {"courier": "JNE", "tracking_number": "JNE0012345678"},
    ),
    staff("POST", "/staff/paket/<number>/sampai", "parcel.work", parcel("/sampai"), {"receiver": "Sari"}),
    staff("POST", "/staff/paket/<number>/siap-diambil", "parcel.work", parcel("/siap-diambil")),
    staff("POST", "/staff/paket/<number>/diambil", "parcel.work", parcel("/diambil"), {"code": "123456"}),
    staff("POST", "/staff/paket/<number>/kode-baru", "parcel.work", parcel("/kode-baru"), {"seen": "1"}),
    staff("POST", "/staff/paket/<number>/antar", "parcel.work", parcel("/antar")),
    staff("POST", "/staff/paket/<number>/kembali", "parcel.work", parcel("/kembali"), {"reason": "refused"}),
    staff("POST", "/staff/paket/<number>/hilang", "parcel.work", parcel("/hilang")),
    staff("POST", "/staff/paket/<number>/dus", "parcel.work", parcel("/dus"), {"carton-1": "1", "seen": "0"}),
    staff("POST", "/staff/paket/<number>/dus/buka", "parcel.work", parcel("/dus/buka"), {"seen": "1"}),
    staff(
        "POST",
        "/staff/paket/<number>/dus/<int:position>/kirim",
        "parcel.work",
        parcel("/dus/2/kirim"),
        {"courier": "JNE", "tracking_number": "JNE0012345678"},
    ),
    staff("GET", "/staff/paket/<number>/alihkan", "parcel.work", parcel("/alihkan")),
    staff(
        "POST",
        "/staff/paket/<number>/alihkan",
        "parcel.work",
        parcel("/alihkan"),
        {"upt": "NONE", "reason": "too_busy", "pieces-1": "1"},
    ),
    staff("GET", "/staff/alih-paket", "parcel.see"),
    staff("POST", "/staff/alih-paket/<uuid:key>/terima", "parcel.work", asked_of("/terima")),
    staff("POST", "/staff/alih-paket/<uuid:key>/tolak", "parcel.work", asked_of("/tolak")),
    staff("POST", "/staff/alih-paket/<uuid:key>/tarik", "parcel.work", asked_by),
    staff(
        "POST",
        "/staff/paket/<number>/tidak-tersedia",
        "parcel.work",
        parcel("/tidak-tersedia"),
        {"seen": "0", "reason": "other", "pieces-1": "1"},
    ),
    staff("GET", "/staff/masalah", "problem.see"),
    staff("GET", "/staff/masalah/<number>", "problem.see", problem()),
    staff(
        "GET",
        "/staff/masalah/foto/<uuid:key>",
        "problem.see",
        lambda things: f"/staff/masalah/foto/{things.picture if things else FORM_KEY}",
    ),
    staff(
        "POST",
        "/staff/masalah/<number>/jawab",
        "problem.work",
        problem("/jawab"),
        {"answer-key": FORM_KEY, "answer-body": "Kami periksa."},
    ),
    staff(
        "POST",
        "/staff/masalah/<number>/kembalikan",
        "problem.work",
        problem("/kembalikan"),
        {"refund-key": FORM_KEY, "refund-body": "Uang kembali.", "pieces-1": "1"},
    ),
    staff(
        "POST",
        "/staff/masalah/<number>/tutup",
        "problem.work",
        problem("/tutup"),
        {"close-key": FORM_KEY, "close-body": "Selesai."},
    ),
    open_to_all("GET", "/undangan/<token>", lambda _: "/undangan/none"),
    open_to_all("POST", "/undangan/<token>", lambda _: "/undangan/none", name="Sari", password="x" * 20),
    staff("GET", "/staff/orang", "people.see"),
    staff("GET", "/staff/orang/undang", "people.manage"),
    staff(
        "POST",
        "/staff/orang/undang",
        "people.manage",
        form={"email": "undangan@example.id", "office": "upt:NONE", "role": "upt_officer"},
    ),
    staff("GET", "/staff/orang/<uuid:key>", "people.see", member()),
    staff("POST", "/staff/orang/<uuid:key>/peran", "people.manage", member("/peran"), {"role": "upt_head"}),
    staff("POST", "/staff/orang/<uuid:key>/tutup", "people.manage", member("/tutup")),
    staff("POST", "/staff/orang/<uuid:key>/buka", "people.manage", member("/buka")),
    staff("POST", "/staff/orang/<uuid:key>/cabut", "people.manage", member("/cabut"), {"note": "Kunci"}),
    staff(
        "POST",
        "/staff/orang/undangan/<uuid:key>/tarik",
        "people.manage",
        lambda things: f"/staff/orang/undangan/{things.invitation if things else FORM_KEY}/tarik",
    ),
    staff(
        "POST",
        LEFT_TO_AN_OFFICE,
        "people.see",
        lambda things: f"/staff/orang/titipan/{things.handover if things else FORM_KEY}/selesai",
    ),
    staff("GET", "/staff/jejak", "audit.see"),
    files("/staff/jejak/unduh", "audit.see"),
    staff("GET", "/staff/stok", "stock.see"),
    staff("GET", "/staff/stok/buku", "stock.see"),
    files("/staff/stok/buku/unduh", "stock.see"),
    files("/staff/stok/unduh", "stock.see"),
    files("/staff/stok/produksi/unduh", "stock.see"),
    files("/staff/stok/harga/unduh", "stock.see"),
    files("/staff/paket/unduh", "parcel.see"),
    files("/staff/paket/rincian", "parcel.see"),
    files("/staff/masalah/unduh", "problem.see"),
    files("/staff/ulasan/unduh", "review.see"),
    files("/staff/permintaan/unduh", "enquiry.see"),
    files("/staff/izin/unduh", "permit.see"),
    files("/staff/orang/unduh", "people.see"),
    files("/staff/stok/hitung/unduh", "stock.see"),
    files("/staff/stok/hitung/<uuid:key>/unduh", "stock.see", count("/unduh.csv")),
    files("/staff/stok/jeda/unduh", "stock.see"),
    files("/staff/stok/tempat/unduh", "stock.see"),
    files("/staff/stok/tempat/<uuid:key>/unduh", "stock.see", stall("/unduh.csv")),
    files("/staff/alih-paket/unduh", "parcel.see"),
    files("/staff/foto/unduh", "photograph.see"),
    files("/staff/izin/aturan/unduh", "permit.see"),
    files("/staff/upt/unduh", "upt.oversee"),
    staff("GET", "/staff/stok/jeda", "stock.see"),
    staff(
        "POST",
        "/staff/stok/jeda",
        "stock.change",
        form={"key": FORM_KEY, "what": "NONE", "until": "2126-01-01"},
    ),
    staff(
        "POST",
        "/staff/stok/jeda/<uuid:key>/selesai",
        "stock.change",
        lambda things: f"/staff/stok/jeda/{things.pause if things else FORM_KEY}/selesai",
    ),
    staff("GET", "/staff/stok/impor", "stock.change"),
    staff("POST", "/staff/stok/impor", "stock.change"),
    files("/staff/stok/impor/templat", "stock.change"),
    Line("GET", OTHER_TABLES, "staff", "stock.change", example=PRODUCTION),
    Line("POST", OTHER_TABLES, "staff", "stock.change", example=PRODUCTION),
    Line(
        "GET",
        f"{OTHER_TABLES}/templat.<any(csv, xlsx):ending>",
        "staff",
        "stock.change",
        example=f"{PRODUCTION}/templat.csv",
    ),
    files("/staff/stok/impor/terkirim", "stock.change"),
    Line(
        "GET",
        f"{OTHER_TABLES}/terkirim.<any(csv, xlsx):ending>",
        "staff",
        "stock.change",
        example=f"{PRODUCTION}/terkirim.csv",
    ),
    staff("GET", "/staff/stok/impor/<uuid:key>", "stock.change", stock_table()),
    files("/staff/stok/impor/<uuid:key>/unduh", "stock.change", stock_table("/unduh.csv")),
    staff("POST", "/staff/stok/impor/<uuid:key>/terapkan", "stock.change", stock_table("/terapkan")),
    staff("POST", "/staff/stok/impor/<uuid:key>/buang", "stock.change", stock_table("/buang")),
    staff("POST", "/staff/stok/impor/<uuid:key>/balik", "stock.change", stock_table("/balik")),
    staff("GET", "/staff/stok/pindah", "stock.see"),
    staff("POST", "/staff/stok/pindah", "stock.change", form={"key": FORM_KEY, "source": "NONE"}),
    files("/staff/stok/pindah/unduh", "stock.see"),
    staff("GET", "/staff/stok/pindah/<uuid:key>", "stock.see", transfer()),
    staff("POST", "/staff/stok/pindah/<uuid:key>", "stock.change", transfer()),
    staff("POST", "/staff/stok/pindah/<uuid:key>/kirim", "stock.change", transfer("/kirim")),
    staff("POST", "/staff/stok/pindah/<uuid:key>/terima", "stock.change", transfer("/terima")),
    staff("POST", "/staff/stok/pindah/<uuid:key>/batal", "stock.change", transfer("/batal")),
    staff("POST", "/staff/stok/pindah/<uuid:key>/tarik", "stock.change", transfer("/tarik")),
    staff("GET", "/staff/stok/tempat", "stock.see"),
    staff("POST", "/staff/stok/tempat", "stock.change", form={"key": FORM_KEY, "upt": "NONE"}),
    staff("GET", "/staff/stok/tempat/<uuid:key>", "stock.see", stall()),
    staff("POST", "/staff/stok/tempat/<uuid:key>/jual", "stock.change", stall("/jual")),
    staff("POST", "/staff/stok/tempat/<uuid:key>/tutup", "stock.change", stall("/tutup")),
    staff("GET", "/staff/stok/hitung", "stock.see"),
    staff("POST", "/staff/stok/hitung", "stock.change", form={"key": FORM_KEY, "upt": "NONE"}),
    staff("GET", "/staff/stok/hitung/<uuid:key>", "stock.see", count()),
    staff("POST", "/staff/stok/hitung/<uuid:key>", "stock.change", count(), {"n-1": "x"}),
    staff("POST", "/staff/stok/hitung/<uuid:key>/buku", "stock.change", count("/buku")),
    staff("POST", "/staff/stok/hitung/<uuid:key>/tutup", "stock.change", count("/tutup")),
    staff(
        "POST",
        "/staff/stok/hitung/<uuid:key>/<int:position>/putusan",
        "stock.approve",
        count("/1/putusan"),
        {"decision": "approve"},
    ),
    staff("GET", "/staff/stok/<upt_code>/<sku>", "stock.see", shelf()),
    staff(
        "POST",
        "/staff/stok/<upt_code>/<sku>/masuk",
        "stock.change",
        shelf("/masuk"),
        change("receive", reason="made"),
    ),
    staff(
        "POST",
        "/staff/stok/<upt_code>/<sku>/koreksi",
        "stock.change",
        shelf("/koreksi"),
        change("adjust", reason="count", direction="add"),
    ),
    staff("GET", "/staff/stok/<upt_code>/<sku>/produksi", "stock.change", shelf("/produksi")),
    staff(
        "POST",
        "/staff/stok/<upt_code>/<sku>/produksi",
        "stock.change",
        shelf("/produksi"),
        {"key": FORM_KEY, "passed": "4", "made_on": "2026-11-20"},
    ),
    staff("GET", "/staff/produk", "product.see"),
    files("/staff/produk/unduh", "product.see"),
    staff("GET", "/staff/produk-baru", "product.work"),
    staff("POST", "/staff/produk-baru", "product.work", form={"name": "Kenari"}),
    staff("GET", "/staff/produk/<slug>", "product.see", draft()),
    staff("GET", "/staff/produk/<slug>/ubah", "product.work", draft("/ubah")),
    staff("POST", "/staff/produk/<slug>/ubah", "product.work", draft("/ubah"), WORDS),
    staff("GET", "/staff/produk/<slug>/varian-baru", "product.work", draft("/varian-baru")),
    staff("POST", "/staff/produk/<slug>/varian-baru", "product.work", draft("/varian-baru"), {"price": "9"}),
    staff("GET", "/staff/produk/<slug>/varian/<variant>", "product.work", draft_variant()),
    staff("POST", "/staff/produk/<slug>/varian/<variant>", "product.work", draft_variant(), {"price": "9"}),
    staff("POST", "/staff/produk/<slug>/varian/<variant>/hapus", "product.work", draft_variant("/hapus")),
    staff("POST", "/staff/produk/<slug>/ajukan", "product.work", draft("/ajukan")),
    staff("POST", "/staff/produk/<slug>/batalkan", "product.work", draft("/batalkan")),
    staff("POST", "/staff/produk/<slug>/salin", "product.work", draft("/salin"), {"name": "Kenari"}),
    staff("POST", "/staff/produk/<slug>/terbitkan", "product.publish", draft("/terbitkan")),
    staff(
        "POST",
        "/staff/produk/<slug>/kembalikan",
        "product.review",
        draft("/kembalikan"),
        {"refusal": "Kenari"},
    ),
    staff("POST", "/staff/produk/<slug>/arsip", "product.work", draft("/arsip")),
    staff("POST", "/staff/produk/<slug>/lanjutkan", "product.work", draft("/lanjutkan")),
    staff("GET", "/staff/foto", "photograph.see"),
    staff("GET", "/staff/foto/produk/<slug>", "photograph.see", photographs_of),
    staff(
        "POST",
        "/staff/foto/produk/<slug>/kirim",
        "photograph.work",
        lambda things: f"{photographs_of(things)}/kirim",
    ),
    staff(
        "GET",
        "/staff/foto/berkas/<uuid:key>/<string(maxlength=60):name>",
        "photograph.see",
        lambda things: (
            f"/staff/foto/berkas/{things.photograph if things else FORM_KEY}"
            f"/{things.photograph_file if things else 'x-320.avif'}"
        ),
    ),
    staff(
        "POST",
        "/staff/foto/<uuid:key>/ubah",
        "photograph.work",
        photograph("/ubah"),
        {"alt_id": "Kenari", "focal_x": "50", "focal_y": "50"},
    ),
    staff("POST", "/staff/foto/<uuid:key>/pindah", "photograph.work", photograph("/pindah"), {"place": "1"}),
    staff(
        "POST",
        "/staff/foto/<uuid:key>/tinjau",
        "photograph.review",
        photograph("/tinjau"),
        {"decision": "publish", "nobody": "y"},
    ),
    staff("POST", "/staff/foto/<uuid:key>/hapus", "photograph.work", photograph("/hapus")),
    staff("GET", "/staff/ulasan", "review.see"),
    staff("GET", "/staff/ulasan/<number>", "review.see", review()),
    staff(
        "GET",
        "/staff/ulasan/foto/<uuid:key>",
        "review.see",
        lambda things: f"/staff/ulasan/foto/{things.review_picture if things else FORM_KEY}",
    ),
    staff("POST", "/staff/ulasan/<number>/terbitkan", "review.moderate", review("/terbitkan"), {"seen": "1"}),
    staff(
        "POST",
        "/staff/ulasan/<number>/tolak",
        "review.moderate",
        review("/tolak"),
        {"seen": "1", "reason": "Bukan tentang barang."},
    ),
    staff(
        "POST", "/staff/ulasan/<number>/jawab", "review.answer", review("/jawab"), {"body": "Terima kasih."}
    ),
    staff(
        "POST",
        "/staff/ulasan/<number>/hapus-jawaban",
        "review.moderate",
        review("/hapus-jawaban"),
        {"seen": "1"},
    ),
    staff("GET", "/staff/daftar", "parcel.see"),
    Line(
        "POST",
        "/staff/daftar",
        "staff",
        "parcel.see",
        example="/staff/daftar?daftar=permits.permits&show=ended",
    ),
    staff(
        "POST",
        A_COLLEAGUES_LIST,
        "parcel.see",
        lambda things: f"/staff/daftar/{things.saved_list if things else FORM_KEY}/hapus",
    ),
    staff("GET", "/staff/izin", "permit.see"),
    staff("GET", "/staff/izin/baru", "permit.work"),
    staff("POST", "/staff/izin/baru", "permit.work", form=NIB),
    staff("GET", "/staff/izin/aturan", "permit.see"),
    staff("GET", "/staff/izin/aturan/<slug>", "permit.rule", permit_rule),
    staff("POST", "/staff/izin/aturan/<slug>", "permit.rule", permit_rule, RULE),
    staff("GET", "/staff/izin/<uuid:key>", "permit.see", permit()),
    staff("GET", "/staff/izin/<uuid:key>/pindaian", "permit.see", permit("/pindaian")),
    staff("POST", "/staff/izin/<uuid:key>/ubah", "permit.work", permit("/ubah"), NIB),
    staff("POST", "/staff/izin/<uuid:key>/hapus", "permit.work", permit("/hapus")),
    staff(
        "POST",
        "/staff/izin/<uuid:key>/periksa",
        "permit.verify",
        permit("/periksa"),
        {"decision": "refuse", "refusal": "Kenari"},
    ),
    staff("GET", "/staff/permintaan", "enquiry.see"),
    staff("GET", "/staff/permintaan/<number>", "enquiry.see", enquiry()),
    staff(
        "POST",
        "/staff/permintaan/<number>/jawab",
        "enquiry.work",
        enquiry("/jawab"),
        note("answer", "Bisa."),
    ),
    staff("POST", "/staff/permintaan/<number>/terima", "enquiry.work", enquiry("/terima"), note()),
    staff("POST", "/staff/permintaan/<number>/tolak", "enquiry.work", enquiry("/tolak"), note()),
    staff("POST", "/staff/permintaan/<number>/tutup", "enquiry.work", enquiry("/tutup"), note()),
    staff("POST", "/staff/permintaan/<number>/buka", "enquiry.work", enquiry("/buka"), note()),
    staff("POST", "/staff/permintaan/<number>/tautan", "enquiry.work", enquiry("/tautan"), note()),
)
