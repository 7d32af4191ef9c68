namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>The types of the protocol; the word in the spec is the same in upper case, a structure is named by its own name.</summary>
internal enum TypeKind
{
    Boolean,
    Int8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Struct,
}
