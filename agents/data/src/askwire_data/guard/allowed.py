"""What a statement may be made of: node types, functions, operators, types, as data.

Everything that is not named here is refused. A function belongs here when it computes from its arguments alone: it
reads no table, setting, file or session, takes no query text, writes nothing, waits for nothing.
"""

from __future__ import annotations

__all__ = [
    "CONSTANT_WORDS",
    "FUNCTIONS",
    "NODES",
    "OPERATORS",
    "SYSTEM_COLUMNS",
    "TYPES",
]


def _names(*groups: str) -> frozenset[str]:
    return frozenset(name for group in groups for name in group.split())


NODES = _names(
    # statements and their parts
    "RawStmt SelectStmt ResTarget WithClause CommonTableExpr CTESearchClause CTECycleClause SortBy WindowDef",
    "GroupingSet GroupingFunc RangeVar RangeSubselect RangeFunction JoinExpr Alias ColumnDef",
    # expressions
    "ColumnRef A_Star A_Const A_Expr BoolExpr NullTest BooleanTest FuncCall NamedArgExpr TypeCast TypeName CaseExpr",
    "CaseWhen CoalesceExpr MinMaxExpr SubLink A_ArrayExpr A_Indirection A_Indices RowExpr CollateClause ParamRef",
    "SQLValueFunction",
    # values
    "String Integer Float Boolean BitString",
)

CONSTANT_WORDS = _names(
    "SVFOP_CURRENT_DATE SVFOP_CURRENT_TIME SVFOP_CURRENT_TIME_N SVFOP_CURRENT_TIMESTAMP SVFOP_CURRENT_TIMESTAMP_N",
    "SVFOP_LOCALTIME SVFOP_LOCALTIME_N SVFOP_LOCALTIMESTAMP SVFOP_LOCALTIMESTAMP_N",
)
"""CURRENT_DATE and its like; CURRENT_USER and its like say who the agent is, and are not here."""

SYSTEM_COLUMNS = _names("ctid xmin xmax cmin cmax tableoid")

FUNCTIONS = _names(
    # aggregates
    "count sum avg min max stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp",
    "regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy bool_and bool_or",
    "every any_value bit_and bit_or bit_xor string_agg array_agg json_agg jsonb_agg json_object_agg",
    "jsonb_object_agg range_agg range_intersect_agg percentile_cont percentile_disc mode",
    # windows
    "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value",
    # numbers
    "abs ceil ceiling floor round trunc sign sqrt cbrt exp ln log log10 power pow mod div gcd lcm degrees radians pi",
    "sin cos tan cot asin acos atan atan2 sind cosd tand cotd asind acosd atand atan2d sinh cosh tanh asinh acosh",
    "atanh width_bucket scale min_scale trim_scale random random_normal erf erfc to_hex to_bin to_oct bit_count",
    # texts
    "length char_length character_length octet_length bit_length lower upper initcap btrim ltrim rtrim lpad rpad",
    "left right substring substr overlay position strpos replace translate reverse repeat concat concat_ws format",
    "split_part string_to_array array_to_string string_to_table ascii chr md5 sha224 sha256 sha384 sha512 encode",
    "decode convert_from convert_to starts_with quote_literal quote_ident quote_nullable regexp_match",
    "regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_count regexp_instr",
    "regexp_like regexp_substr similar_to_escape like_escape normalize is_normalized unistr to_ascii casefold",
    "textlen unicode_assigned crc32 crc32c",
    # dates and times
    "now clock_timestamp statement_timestamp transaction_timestamp timeofday age date_part date_trunc date_bin",
    "extract make_date make_time make_timestamp make_timestamptz make_interval to_char to_date to_timestamp",
    "to_number justify_days justify_hours justify_interval isfinite overlaps timezone date_add date_subtract",
    # choices and series
    "generate_series generate_subscripts unnest num_nulls num_nonnulls gen_random_uuid uuidv4 uuidv7",
    "uuid_extract_timestamp uuid_extract_version pg_typeof pg_size_pretty",
    # arrays and ranges
    "array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions",
    "array_prepend array_remove array_replace array_upper array_sample array_shuffle array_reverse array_sort",
    "trim_array cardinality isempty lower_inc lower_inf upper_inc upper_inf range_merge multirange",
    "int4range int8range numrange tsrange tstzrange daterange",
    "int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange",
    # JSON
    "to_json to_jsonb array_to_json row_to_json json_build_array jsonb_build_array json_build_object",
    "jsonb_build_object json_object jsonb_object json_array_elements jsonb_array_elements json_array_elements_text",
    "jsonb_array_elements_text json_array_length jsonb_array_length json_each jsonb_each json_each_text",
    "jsonb_each_text json_extract_path jsonb_extract_path json_extract_path_text jsonb_extract_path_text",
    "json_object_keys jsonb_object_keys json_typeof jsonb_typeof json_strip_nulls jsonb_strip_nulls jsonb_pretty",
    "jsonb_set jsonb_set_lax jsonb_insert jsonb_path_exists jsonb_path_match jsonb_path_query",
    "jsonb_path_query_array jsonb_path_query_first json_to_record jsonb_to_record json_to_recordset",
    "jsonb_to_recordset",
    # full text search (ts_stat and ts_rewrite run query texts, and are not here)
    "to_tsvector to_tsquery plainto_tsquery phraseto_tsquery websearch_to_tsquery ts_rank ts_rank_cd ts_headline",
    "numnode querytree setweight strip tsvector_to_array array_to_tsvector ts_delete ts_filter",
    # addresses of networks
    "host hostmask netmask network masklen broadcast family abbrev set_masklen inet_merge inet_same_family text",
    # shapes
    "area center diagonal diameter height width isclosed isopen npoints path pclose popen point radius slope box",
    "circle line lseg polygon bound_box",
    # conversions by name, also what a column that was cast is called
    "bool int2 int4 int8 float4 float8 numeric money varchar bpchar name date time timetz timestamp timestamptz",
    "interval bit varbit bytea cidr macaddr macaddr8",
)

OPERATORS = _names(
    "+ - * / % ^ |/ ||/ @ & | # ~ << >> = <> < > <= >= ||",
    "~~ !~~ ~~* !~~* ~* !~ !~* ^@",
    "-> ->> #> #>> @> <@ ? ?| ?& @? @@ #- && -|- &< &> <<| |>> &<| |&> @@@ !! <->",
    "<<= >>= ~= ## ?# ?- ?-| ?|| @-@ >^ <^",
)

TYPES = _names(
    "bool int2 int4 int8 float4 float8 numeric money text varchar bpchar char name date time timetz timestamp",
    "timestamptz interval uuid json jsonb jsonpath bytea bit varbit inet cidr macaddr macaddr8 tsvector tsquery",
    "point line lseg box path polygon circle int4range int8range numrange tsrange tstzrange daterange",
    "int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange",
)
"""Decoded names; the reg* types are not here: they look names up in the system catalogs."""
