"""Makes the Parquet files of ParquetFilesTest, with pyarrow: make_parquet.py DIRECTORY."""

import datetime
import decimal
import sys

import pyarrow as pa
import pyarrow.parquet as pq

where = sys.argv[1] + "/"
function = {"name": "weather", "arguments": '{"city": "Oslo"}'}
chats = [
    [
        {"role": "user", "content": "Hi", "tool_calls": None},
        {"role": "assistant", "content": None,
         "tool_calls": [{"type": "function", "function": function}]},
        {"role": "tool", "content": "cold", "tool_calls": None},
        {"role": "assistant", "content": "Zwölf Grad 😀", "tool_calls": None},
    ],
    [{"role": "assistant", "content": "", "tool_calls": []}],
    None,
]
chat_table = pa.table({"messages": chats, "source": ["a", "b", None]})
for codec in ["snappy", "zstd", "gzip", "none", "brotli"]:
    pq.write_table(chat_table, where + "chats." + codec + ".parquet", compression=codec)
types = pa.table({
    "text": ["t"],
    "whole": pa.array([7], pa.int32()),
    "long": [1 << 60],
    "half": [0.5],
    "single": pa.array([0.1], pa.float32()),
    "nan": [float("nan")],
    "truth": [True],
    "day": [datetime.date(2026, 11, 29)],
    "decimal": [decimal.Decimal("1.50")],
    "tags": [["x", None]],
    "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
    "bytes": [b"\xff\x00"],
    "large": pa.array(["l"], pa.large_string()),
    "word": pa.array(["d"]).dictionary_encode(),
})
pq.write_table(types, where + "types.parquet")
many = pa.table({"text": ["%05d " % i + "x" * 50 for i in range(20000)]})
pq.write_table(many, where + "many.parquet", compression="gzip", row_group_size=5000)
