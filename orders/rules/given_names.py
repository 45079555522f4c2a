"""Given names that are common in Indonesia, to know a person by in a text written without capitals."""

from __future__ import annotations

# Names that are words too (sari, putri, indah, amin, made, juli ...) are left out on purpose.
_WRITTEN = """
    abdul abdullah aceng achmad adi aditya agung agus ahmad aisyah ajat akbar akhmad albertus andi
    andika andre andreas andri angga ani anita antonius anwar ari arief arif arifin aris arya asep
    asih atang bagas bambang basuki bayu beni benny budi cahyono cecep cici dadan dadang dani daniel
    darsono david deden dedi deni denny desi devi dewi didi didin dimas dina dodi doni edi edy eko
    endang entis erik erna ernawati eva fahmi farhan fatimah fatmawati fauzi febri ferdi ferry fitri
    frans galih gilang gunawan hadi hafiz hamid hamzah handoko haris hartono haryanto hasan hasanah
    hendra hendri hendrik herawati heri herman hermawan heru husein ibrahim icha ilham imron indra
    irawati irfan irma irwan ismail iwan jajang jaka jamal jefri johan johannes joko jono juna
    junaidi kadir karno kartini kasno ketut komang kurniawan kusumawati lilis lina lukman maman
    mamat marno maryam maulana michael mochamad mohamad mohammad muhamad muhammad mulyadi mulyono
    mustofa nana nanang nani narto nina ningsih nur nurdin nurul nyoman oki paijo paulus petrus
    ponidi prasetyo priyanto purnomo purwanto rahmat rahmawati rama ratna reza ridwan rina rini
    riska rizal rizki rizky rohman roni rosid rudi rudy rusli saiful salim samsul santoso sarah
    sarno setiawan setyowati sigit siti slamet solihin sri subagyo sudirman sugeng sugiarto suharto
    sukarno sulaiman sulistyowati sumarno sunarto supardi suparman supriyadi suryanto susanto susilo
    susilowati sutarno sutrisno suwarno syamsul syarif tarno tatang taufik tini toni tono tukijan
    tukiman udin ujang umar usman wahid wahyu wahyudi warsito wati wawan wayan wibowo widodo wulan
    yadi yani yanti yanto yayan yoga yogi yohanes yono yudi yuli yulianti yuni yunus yusuf zainal
    zaki zulkifli
"""

GIVEN_NAMES = frozenset(_WRITTEN.split())

GIVEN_NAME = (
    rf"(?:{'|'.join(sorted(GIVEN_NAMES))}"
    r"|su[a-z]{2,8}(?:rno|sno|anto|arto|rjo|yono)|[a-z]{3,9}(?:yanto|yono))"
)
"""A pattern for one of them in small letters, and for names made the Javanese way: sukarjo, haryono."""
