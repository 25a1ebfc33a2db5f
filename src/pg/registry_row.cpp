// A row of auth.issuers, as core takes it.
#include "pg/registry.hpp"
#include "pg/text.hpp"

namespace session_jwt {

namespace {

Datum
Attribute(HeapTuple tuple, TupleDesc desc, AttrNumber column, bool *is_null)
{
	return heap_getattr(tuple, column, desc, is_null);
}

} // namespace

const std::string_view *
ReadTextArray(Datum array, size_t *count)
{
	Datum *elements;
	bool *nulls;
	int num_elements;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &num_elements);
	std::string_view *views = static_cast<std::string_view *>(
		palloc(sizeof(std::string_view) * static_cast<Size>(Max(num_elements, 1))));
	*count = 0;
	for (int i = 0; i < num_elements; i++) {
		if (nulls[i])
			continue;
		text *element = DatumGetTextPP(elements[i]);
		views[(*count)++] = ToUtf8(VARDATA_ANY(element), VARSIZE_ANY_EXHDR(element));
	}
	return views;
}

std::string_view
JsonText(Jsonb *value)
{
	char *json = JsonbToCString(nullptr, &value->root, VARSIZE(value));
	return ToUtf8(json, strlen(json));
}

void
HashRow(HeapTuple tuple, TupleDesc desc, HashedRow *row)
{
	bool is_null;
	Datum jwks = Attribute(tuple, desc, kJwksColumn, &is_null);
	row->has_jwks = !is_null;
	row->jwks_hash = 0;
	if (row->has_jwks)
		row->jwks_hash =
			DatumGetInt64(DirectFunctionCall2(jsonb_hash_extended, jwks, Int64GetDatum(0)));
	(void)Attribute(tuple, desc, kJwksUriColumn, &is_null);
	row->has_uri = !is_null;
	Datum enabled = Attribute(tuple, desc, kEnabledColumn, &is_null);
	row->is_enabled = !is_null && DatumGetBool(enabled);
}

void
ReadIssuerRow(HeapTuple tuple, TupleDesc desc, IssuerRow *row)
{
	bool is_null;
	Datum value = Attribute(tuple, desc, kIssuerColumn, &is_null);
	if (!is_null) {
		text *issuer = DatumGetTextPP(value);
		row->issuer = ToUtf8(VARDATA_ANY(issuer), VARSIZE_ANY_EXHDR(issuer));
	}
	value = Attribute(tuple, desc, kJwksColumn, &is_null);
	if (!is_null)
		row->jwks = JsonText(DatumGetJsonbP(value));
	value = Attribute(tuple, desc, kAudiencesColumn, &is_null);
	if (!is_null)
		row->audiences = ReadTextArray(value, &row->num_audiences);
	value = Attribute(tuple, desc, kAudienceClaimColumn, &is_null);
	if (!is_null) {
		text *claim = DatumGetTextPP(value);
		row->audience_claim = ToUtf8(VARDATA_ANY(claim), VARSIZE_ANY_EXHDR(claim));
	}
	value = Attribute(tuple, desc, kAlgorithmsColumn, &is_null);
	if (!is_null)
		row->algorithms = ReadTextArray(value, &row->num_algorithms);
	value = Attribute(tuple, desc, kSubjectClaimColumn, &is_null);
	if (!is_null)
		row->subject_path = ReadTextArray(value, &row->subject_path_len);
	(void)Attribute(tuple, desc, kRequiredClaimsColumn, &is_null);
	row->has_required_claims = !is_null;
	value = Attribute(tuple, desc, kLeewayColumn, &is_null);
	row->leeway = is_null ? 0 : DatumGetInt32(value);
	value = Attribute(tuple, desc, kEnabledColumn, &is_null);
	row->is_enabled = !is_null && DatumGetBool(value);
}

} // namespace session_jwt
