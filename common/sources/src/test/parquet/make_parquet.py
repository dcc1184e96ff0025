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


def as_text(values, text=pa.string()):
    """Text of these bytes, be they UTF-8 or not."""
    return pa.Array.from_buffers(text, len(values), pa.array(values, pa.binary()).buffers())


latin = [b"caf\xe9", b"ok"]
chat = pa.StructArray.from_arrays(
    [pa.array(["user"]), as_text([b"\xe9"])], names=["role", "content"])
pq.write_table(pa.table({"text": as_text(latin)}), where + "latin.parquet")
pq.write_table(
    pa.table({"text": as_text(latin), "tags": [["x"], None]}), where + "latin-nested.parquet")
pq.write_table(
    pa.table({"messages": pa.ListArray.from_arrays([0, 1], chat)}), where + "latin-chat.parquet")
pq.write_table(
    pa.table({"said": pa.array(latin, pa.binary()), "id": pa.array([b"\xff", b"b"], pa.binary()),
              "image": pa.array([b"\x89PNG", b"\xff"], pa.binary())}),
    where + "bytes.parquet")
pq.write_table(
    pa.Table.from_arrays([pa.array(["first"]), pa.array(["second"])], names=["text", "text"]),
    where + "twice.parquet")
twice = pa.StructArray.from_arrays([pa.array(["user"]), pa.array(["x"])], names=["role", "role"])
pq.write_table(pa.table({"turn": twice}), where + "twice-nested.parquet")
big = 2**64 - 1
pq.write_table(
    pa.table({"id": pa.array([big, 1], pa.uint64()), "text": ["x", "y"],
              "whole": pa.array([2**32 - 1, 1], pa.uint32()),
              "byte": pa.array([255, None], pa.uint8()),
              "signed": pa.array([-1, 1], pa.int64())}),
    where + "unsigned.parquet")
pq.write_table(
    pa.table({"list": pa.array([[big, None]], pa.list_(pa.uint64())),
              "map": pa.array([[(big, 2**32 - 1)]], pa.map_(pa.uint64(), pa.uint32())),
              "words": pa.array([[("k", "v")]], pa.map_(pa.string(), pa.string()))}),
    where + "unsigned-nested.parquet")
