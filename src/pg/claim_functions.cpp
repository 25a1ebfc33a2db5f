// auth.claim and its kin: single claims for policies. Missing or of another type is NULL.
#include "pg/claim_values.hpp"
#include "pg/current.hpp"

namespace session_jwt {

namespace {

// CallSite is what one place in a plan keeps between calls, in fn_extra: the answer, good for as
// long as the identity is the same. It is used only where the argument is a constant.
struct CallSite {
	uint64 serial; // of the identity; 0: none yet
	bool is_found;
	Datum value;
};

CallSite *
NewCallSite(FmgrInfo *flinfo)
{
	flinfo->fn_extra = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CallSite));
	return static_cast<CallSite *>(flinfo->fn_extra);
}

// A parameter is none, though get_fn_expr_arg_stable takes it for one: PL/pgSQL evaluates an
// expression again and again, with other values of its variables and the same fn_extra.
bool
IsArgumentConstant(const FmgrInfo *flinfo)
{
	Node *call = flinfo->fn_expr;
	return call != nullptr && IsA(call, FuncExpr) &&
		   IsA(linitial(reinterpret_cast<FuncExpr *>(call)->args), Const);
}

// The call site's memory, or NULL where the argument may not be the same for every call.
CallSite *
ThisCallSite(FunctionCallInfo fcinfo)
{
	FmgrInfo *flinfo = fcinfo->flinfo;
	if (flinfo->fn_extra == nullptr) {
		if (!IsArgumentConstant(flinfo))
			return nullptr;
		return NewCallSite(flinfo);
	}
	return static_cast<CallSite *>(flinfo->fn_extra);
}

// Read the path from a text[]: one dimension, no NULLs, not empty.
bool
ReadPath(ArrayType *array, ClaimPath *out)
{
	if (ARR_NDIM(array) != 1 || array_contains_nulls(array))
		return false;
	Datum *elements;
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, nullptr, &out->len);
	std::string_view *names = static_cast<std::string_view *>(
		palloc(sizeof(std::string_view) * static_cast<Size>(out->len)));
	for (int i = 0; i < out->len; i++) {
		text *name = DatumGetTextPP(elements[i]);
		names[i] = std::string_view(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
	out->names = names;
	return true;
}

// Look the claim up, and keep the answer at the call site.
Datum
LookUpClaim(FunctionCallInfo fcinfo, Identity *identity, ClaimForm form)
{
	CallSite *site = ThisCallSite(fcinfo);
	CallSite answer = {identity->serial, false, Datum{0}};
	ClaimPath path;
	answer.is_found =
		ReadPath(PG_GETARG_ARRAYTYPE_P(0), &path) && FindClaim(identity, form, path, &answer.value);
	// A value that the identity has no room to keep lives only as long as this call.
	if (site != nullptr && KeepsClaims(identity))
		*site = answer;
	if (!answer.is_found)
		PG_RETURN_NULL();
	return answer.value;
}

inline Datum
ClaimAt(FunctionCallInfo fcinfo, ClaimForm form)
{
	Identity *identity = CurrentIdentity();
	const CallSite *site = static_cast<const CallSite *>(fcinfo->flinfo->fn_extra);
	if (unlikely(site == nullptr || site->serial != identity->serial))
		return LookUpClaim(fcinfo, identity, form);
	if (!site->is_found)
		PG_RETURN_NULL();
	return site->value;
}

Datum
NamedClaim(FunctionCallInfo fcinfo, std::string_view name)
{
	return FixedClaim(fcinfo, ClaimForm::kText, {&name, 1});
}

} // namespace

Datum
FixedClaim(FunctionCallInfo fcinfo, ClaimForm form, ClaimPath path)
{
	Identity *identity = CurrentIdentity();
	CallSite *site = static_cast<CallSite *>(fcinfo->flinfo->fn_extra);
	if (unlikely(site == nullptr || site->serial != identity->serial)) {
		CallSite answer = {identity->serial, false, Datum{0}};
		answer.is_found = FindClaim(identity, form, path, &answer.value);
		if (!KeepsClaims(identity)) {
			fcinfo->isnull = !answer.is_found;
			return answer.value;
		}
		if (site == nullptr)
			site = NewCallSite(fcinfo->flinfo);
		*site = answer;
	}
	if (!site->is_found)
		PG_RETURN_NULL();
	return site->value;
}

} // namespace session_jwt

using namespace session_jwt;

SESSION_JWT_FUNCTION(claim_jsonb)
{
	return ClaimAt(fcinfo, ClaimForm::kJsonb);
}

SESSION_JWT_FUNCTION(claim_text)
{
	return ClaimAt(fcinfo, ClaimForm::kText);
}

SESSION_JWT_FUNCTION(has_scope)
{
	Identity *identity = CurrentIdentity();
	CallSite *site = ThisCallSite(fcinfo);
	if (likely(site != nullptr && site->serial == identity->serial))
		PG_RETURN_BOOL(site->is_found);
	text *scope = PG_GETARG_TEXT_PP(0);
	bool is_found = HasScope(identity, {VARDATA_ANY(scope), VARSIZE_ANY_EXHDR(scope)});
	if (site != nullptr)
		*site = CallSite{identity->serial, is_found, Datum{0}};
	PG_RETURN_BOOL(is_found);
}

SESSION_JWT_FUNCTION(auth_role)
{
	return NamedClaim(fcinfo, "role");
}

SESSION_JWT_FUNCTION(auth_email)
{
	return NamedClaim(fcinfo, "email");
}

SESSION_JWT_FUNCTION(auth_issuer)
{
	return NamedClaim(fcinfo, "iss");
}
