using System.Reflection;
using HighPerf.Kafka.Protocol.Generator.Emitting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace HighPerf.Kafka.Protocol.Generator.Tests;

/// <summary>A sample spec becomes code that compiles beside the wire primitives, and that code does what the spec says, byte for byte.</summary>
public sealed class SampleTests
{
    private const string Spec = """
        data Sample v0-3, flexible v2+ =>
            Id       INT32     default -1
            Name     STRING    v1+, nullable v2+, ignorable
            Sample2  STRING    classic
            Points   [Point]   =>
                X    INT16
                Y    FLOAT64   v3+
            Numbers  [INT64]   nullable, default null
            Origin   Point2    v2+, tag 1 =>
                Point2  INT8
            Note     STRING    v3+, tag 0, nullable, default null
            Flag     BOOLEAN   v3, default true
        """;

    /// <summary>Uses the generated class; runs inside the compiled sample.</summary>
    private const string Program = """
        using System;
        using HighPerf.Kafka;
        using HighPerf.Kafka.Protocol.Buffers;
        using HighPerf.Kafka.Protocol.Messages;

        public static class Program
        {
            public static string Encode(short version)
            {
                Sample sample = new() { Id = 1, Name = "n", Sample2 = "c", Numbers = [5] };
                sample.Points.Add(new Sample.Point { X = 2 });
                if (version >= 2) sample.Origin = new Sample.Point2Data { Point2 = 9 };
                if (version >= 3) { sample.Note = "t"; sample.Flag = false; }
                return ToHex(sample, version);
            }

            public static string Refuse(short version, string what)
            {
                Sample sample = new();
                if (what == "points") sample.Points = null!;
                if (what == "flag") sample.Flag = false;
                if (what == "origin") sample.Origin.Point2 = 1;
                if (what == "name") sample.Name = null;
                if (what == "long") sample.Sample2 = new string('x', 32768);
                try { return ToHex(sample, version); }
                catch (KafkaException e) { return e.Message; }
            }

            public static string Again(short version, string hex)
            {
                KafkaReader reader = new(Convert.FromHexString(hex));
                try { return ToHex(Sample.Read(ref reader, version), version); }
                catch (KafkaProtocolException e) { return e.Message; }
            }

            private static string ToHex(Sample sample, short version)
            {
                byte[] bytes = new byte[sample.GetSize(version)];
                KafkaWriter writer = new(bytes);
                sample.Write(ref writer, version);
                if (writer.Remaining != 0) throw new InvalidOperationException("size");
                return Convert.ToHexStringLower(bytes);
            }
        }
        """;

    private static readonly Lazy<Type> LazyProgram = new(Load);

    [Theory]
    [InlineData(0, "00000001" + "000163" + "00000001" + "0002" + "00000001" + "0000000000000005")]
    [InlineData(1, "00000001" + "00016e" + "000163" + "00000001" + "0002" + "00000001" + "0000000000000005")]
    [InlineData(2, "00000001" + "026e" + "000163" + "02" + "0002" + "00" + "02" + "0000000000000005" + "01" + "01" + "02" + "09" + "00")]
    [InlineData(3, "00000001" + "026e" + "000163" + "02" + "0002" + "0000000000000000" + "00" + "02" + "0000000000000005" + "00"
        + "02" + "00" + "02" + "0274" + "01" + "02" + "09" + "00")]
    public void The_sample_is_written_and_read_again(short version, string hex)
    {
        Assert.Equal(hex, Call("Encode", version));
        Assert.Equal(hex, Call("Again", version, hex));
    }

    [Theory]
    [InlineData(1, "points", "Sample v1: Points is null, which this version cannot say.")]
    [InlineData(2, "flag", "Sample v2: Flag is set, but this version has no such field, and a message without it would mean something else;")]
    [InlineData(1, "origin", "Sample v1: Origin is set, but this version has no such field")]
    [InlineData(1, "name", "Sample v1: Name is null, which this version cannot say.")]
    [InlineData(1, "long", "Sample v1: Sample2 is a string of 32768 bytes in UTF-8; the protocol carries at most 32767.")]
    [InlineData(4, "", "Sample has no version 4; known are the versions 0 to 3.")]
    public void What_a_version_cannot_carry_is_refused(short version, string what, string error) =>
        Assert.StartsWith(error, Call("Refuse", version, what));

    [Fact]
    public void An_ignorable_value_is_dropped() => Assert.Equal("ffffffff" + "0000" + "00000000" + "ffffffff", Call("Refuse", (short)0, "name"));

    [Theory]
    [InlineData(3, "00000001026e000163020002" + "0000", "Sample v3 Points.Y: malformed bytes at offset 12 of 14: 8 more bytes are needed and 2 are left.")]
    [InlineData(1, "00000001" + "ffff", "Sample v1 Name: malformed bytes at offset 6 of 6: the string is null where the version has no null.")]
    [InlineData(1, "0000000100000000" + "7fffffff", "Sample v1 Points: malformed bytes at offset 12 of 12: an array of 2147483647 elements")]
    [InlineData(2, "00000001010000010001" + "01" + "05" + "0900", "Sample v2 (tagged fields): malformed bytes at offset 12 of 14: the tagged field 1 of 5")]
    [InlineData(2, "00000001010000010001" + "01" + "03" + "090000", "Sample v2 (tagged fields): malformed bytes at offset 14 of 15: the tagged field 1 should")]
    [InlineData(2, "00000001010000010001" + "01" + "01" + "09", "Sample v2 Origin.(tagged fields): malformed bytes at offset 13 of 13")]
    public void Malformed_bytes_name_the_field_and_the_offset(short version, string hex, string error) =>
        Assert.StartsWith(error, Call("Again", version, hex));

    [Fact]
    public void Unknown_tagged_fields_keep_their_place_among_known_ones()
    {
        string hex = "00000001" + "01" + "0000" + "01" + "00" + "03" + "0001aa" + "0102" + "0900" + "0701bb";
        Assert.Equal(hex, Call("Again", (short)2, hex));
    }

    [Fact]
    public void Without_a_mode_nothing_is_made() => Assert.Empty(GeneratorRun.Run("", ("Sample.wire", Spec)).GeneratedSources);

    [Fact]
    public void The_json_mode_makes_a_converter_and_the_list_of_converters() => Assert.Equal(
        ["MessageJson.g.cs", "SampleJson.g.cs"],
        GeneratorRun.Run(WireGenerator.JsonMode, ("Sample.wire", Spec)).GeneratedSources.Select(static source => source.HintName).Order());

    [Fact]
    public void Blank_lines_and_braces_are_those_of_the_house()
    {
        CodeWriter code = new();
        code.Open("if (a)");
        code.Line("b();");
        code.Close();
        code.Open("else");
        code.Line("c();");
        code.Close();
        code.Line("d();");

        Assert.Equal("if (a)\n{\n    b();\n}\nelse\n{\n    c();\n}\n\nd();\n", code.ToString());
    }

    private static string Call(string method, params object[] arguments) => (string)LazyProgram.Value.GetMethod(method)!.Invoke(null, arguments)!;

    /// <summary>Compiles the sample with the sources that generated code stands on, as the project itself does.</summary>
    private static Type Load()
    {
        string protocol = Path.Combine(FindRoot(), "src", "HighPerf.Kafka.Protocol");
        string[] folders = [protocol, Path.Combine(protocol, "Buffers"), Path.Combine(protocol, "Messages")];
        string[] needed = ["KafkaException", "KafkaProtocolException", "ApiKey", "KafkaReader", "KafkaWriter", "Varint", "IFieldNames", "Refuse", "WireSize",
            "TaggedFields", "UnknownTaggedField", "PrimitiveArrays", "MessageKind", "MessageDescriptor", "MessageDescriptor{T}", "MessageCatalog",
            "IKafkaMessage", "IKafkaMessage{T}", "IKafkaRequest"];
        string[] sources = [.. folders.SelectMany(static folder => Directory.EnumerateFiles(folder, "*.cs"))
            .Where(path => needed.Contains(Path.GetFileNameWithoutExtension(path))).Select(File.ReadAllText)];
        string usings = "global using System; global using System.Collections.Generic; global using System.Linq;";
        CSharpCompilation compilation = GeneratorRun.Compile("Sample", [.. sources, usings, Program]);

        GeneratorRun.Driver(WireGenerator.MessagesMode, ("Sample.wire", Spec))
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out _);
        using MemoryStream stream = new();
        EmitResult result = generated.Emit(stream);
        Assert.Empty(result.Diagnostics.Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return Assembly.Load(stream.ToArray()).GetType("Program")!;
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "HighPerf.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"HighPerf.sln is in no folder above {AppContext.BaseDirectory}.");
    }
}
