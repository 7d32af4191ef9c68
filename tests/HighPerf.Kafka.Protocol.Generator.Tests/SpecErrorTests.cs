namespace HighPerf.Kafka.Protocol.Generator.Tests;

/// <summary>A bad spec is a compile error at its file, line and column.</summary>
public sealed class SpecErrorTests
{
    private const string Head = "data Test v1-5, flexible v3+ =>\n";

    [Fact]
    public void A_good_spec_has_no_errors() => Assert.Empty(GeneratorRun.Errors(
        Head + "    Id    INT32    v2-4, default -7, ignorable\n    List  [Inner]  nullable v2+ =>\n        Name  STRING  key # a comment\n\n# another\n"));

    [Theory]
    [InlineData("data Test =>", "1:1 Expected 'data <Name> v<first>-<last>, flexible v<first>+ =>'.")]
    [InlineData("data test v1, flexible v1+ =>", "1:1 Expected 'data <Name> v<first>-<last>, flexible v<first>+ =>'.")]
    [InlineData("data Test v1, flexible v1+", "1:1 Expected 'data <Name> v<first>-<last>, flexible v<first>+ =>'.")]
    [InlineData("data Test v3-1, flexible v1+ =>", "1:11 The versions of a message have a first and a last one; 'v3-1' does not say them.")]
    [InlineData("data Test v3+, flexible v3+ =>", "1:11 The versions of a message have a first and a last one; 'v3+' does not say them.")]
    [InlineData("data Test v1, flexible v2+ =>", "1:15 Expected ', flexible v<first>+', ', flexible never' or ', unstable v<last>'.")]
    [InlineData(
        "data Test v1, unstable v1 =>",
        "1:1 The line does not say from which version the message is flexible ('flexible v<first>+' or 'flexible never').")]
    [InlineData("record Test v1, flexible v1+ =>", "1:1 'record' begins no line; expected api, request, response, header or data, or an indented field.")]
    [InlineData("    Id  INT32", "1:5 A field stands before the first message.")]
    [InlineData("api three Test", "1:1 Expected 'api <key> <Name>', such as 'api 3 Metadata'.")]
    [InlineData("request Test v1, flexible v1+ =>", "1:1 A request and its response stand together in one file, after a line 'api <key> <Name>'.")]
    public void A_bad_message_line_is_an_error(string spec, string error) => Assert.Equal(error, GeneratorRun.Errors(spec)[0]);

    [Theory]
    [InlineData("   Id  INT32", "2:4 The line is indented by 3 spaces; a level is 4.")]
    [InlineData("        Id  INT32", "2:9 The line is indented more deeply than what it belongs to; the line above it does not end in '=>'.")]
    [InlineData("    id  INT32", "2:5 'id' is not a field name; names begin with a capital and have letters and digits only.")]
    [InlineData("    Id", "2:5 The field Id has no type.")]
    [InlineData("    Id  INT31", "2:9 'INT31' is neither a type nor a structure of Test.")]
    [InlineData("    Id  [FLOAT64]", "2:9 Arrays of FLOAT64 do not exist in the protocol.")]
    [InlineData("    Id  INT32  v2 v3", "2:19 Expected a comma between two attributes, not 'v3'.")]
    [InlineData("    Id  INT32  v2,", "2:18 Expected a comma between two attributes, not ','.")]
    [InlineData("    Id  INT32  v2, v3", "2:20 'v3' is said twice.")]
    [InlineData(
        "    Id  INT32  optional",
        "2:16 'optional' is no attribute; expected versions (v3, v3-7, v3+), tag, key, nullable, default, ignorable or classic.")]
    [InlineData("    Id  INT32  tag", "2:16 'tag' needs a value.")]
    [InlineData("    Id  INT32  v3+, tag x", "2:25 'x' is not a tag number.")]
    [InlineData("    Id  INT32  v3+, tag 64", "2:25 Tags go up to 63.")]
    [InlineData("    Id  INT32  v2+, tag 0", "2:25 v2-5 of the tagged field Id are not all flexible versions of Test.")]
    [InlineData("    Id  INT32  v0-3", "2:16 The field versions v0-3 do not lie within v1-5.")]
    [InlineData("    Id  INT32  v6+", "2:16 The field versions v6+ do not lie within v1-5.")]
    [InlineData("    Id  INT32  v4-2", "2:16 The field versions v4-2 do not lie within v1-5.")]
    [InlineData("    Id  INT32  nullable", "2:16 A INT32 cannot be null.")]
    [InlineData("    Id  STRING  v2-3, nullable v4", "2:32 The field's null versions v4 do not lie within v2-3.")]
    [InlineData("    Id  STRING  nullable 4", "2:26 '4' are no versions; expected v3, v3-7 or v3+.")]
    [InlineData("    Id  INT8  default 128", "2:23 '128' is not a value of this type.")]
    [InlineData("    Id  UINT16  default -1", "2:25 '-1' is not a value of this type.")]
    [InlineData("    Id  BOOLEAN  default 1", "2:26 '1' is not a value of this type.")]
    [InlineData("    Id  INT32  default null", "2:24 This type has no null.")]
    [InlineData("    Id  STRING  default null", "2:25 The default is null, but the field is not nullable.")]
    [InlineData("    Id  [INT32]  default 3", "2:26 This type has no default but null; without one it is empty.")]
    [InlineData("    Id  INT32  =>", "2:9 '=>' opens a structure, and INT32 is none.")]
    [InlineData("    Id  Inner  =>", "2:5 The structure has no fields.")]
    [InlineData("    Id  Inner", "2:9 'Inner' is neither a type nor a structure of Test.")]
    public void A_bad_field_line_is_an_error(string line, string error) => Assert.Equal(error, GeneratorRun.Errors(Head + line)[0]);

    [Fact]
    public void A_name_used_twice_is_an_error() =>
        Assert.Equal(["3:5 The field Id is defined twice."], GeneratorRun.Errors(Head + "    Id  INT32\n    Id  INT64\n"));

    [Fact]
    public void A_tag_used_twice_is_an_error() => Assert.Equal(
        ["3:27 The tag 1 is already that of A."], GeneratorRun.Errors(Head + "    A  INT32  v3+, tag 1\n    B  INT64  v4+,    tag 1\n"));

    [Fact]
    public void A_structure_defined_twice_is_an_error() => Assert.Equal(
        ["4:8 The structure S is defined twice in Test; fields that share one name a 'struct'."],
        GeneratorRun.Errors(Head + "    A  S  =>\n        X  INT32\n    B  S  =>\n        X  INT32\n"));

    [Fact]
    public void A_range_reaches_no_further_than_that_of_the_structure_around_it() => Assert.Equal(
        ["3:19 The field versions v2+ do not lie within v3-5."], GeneratorRun.Errors(Head + "    A  S  v3+ =>\n        X  INT32  v2+\n"));

    [Fact]
    public void A_structure_that_contains_itself_is_an_error() => Assert.Contains(
        "contains itself", Assert.Single(GeneratorRun.Errors(Head + "    A  [S]\n\n    struct S =>\n        More  [S]\n")));

    [Fact]
    public void A_structure_nullable_in_some_versions_only_is_an_error() => Assert.Equal(
        ["2:20 A structure is nullable in all versions or in none: null is a byte in front of it."],
        GeneratorRun.Errors(Head + "    A  S  nullable v2+ =>\n        X  INT32\n"));

    [Fact]
    public void A_field_after_a_structure_is_an_error() => Assert.Equal(
        ["5:5 The fields of a message stand before its structures."],
        GeneratorRun.Errors(Head + "    A  [S]\n    struct S =>\n        X  INT32\n    B  INT8\n"));

    [Fact]
    public void Two_messages_of_one_name_are_an_error() =>
        Assert.Contains("2:6 The message Test is defined twice.", GeneratorRun.Errors(Head + Head));

    [Fact]
    public void Messages_of_one_name_in_two_files_are_an_error() => Assert.Contains(
        "The message Test is also defined in specs/A.wire.",
        GeneratorRun.Run(WireGenerator.MessagesMode, ("specs/A.wire", Head + "    Id  INT32\n"), ("specs/B.wire", Head + "    Id  INT32\n"))
            .Diagnostics.Single().GetMessage());

    [Fact]
    public void Every_error_of_a_file_is_reported_at_once() => Assert.Equal(2, GeneratorRun.Errors(Head + "    Id  INT31\n    Other  INT33\n").Length);

    [Fact]
    public void A_file_with_an_error_gives_no_code_and_the_others_do()
    {
        IEnumerable<string> sources = GeneratorRun
            .Run(WireGenerator.MessagesMode, ("specs/A.wire", Head + "    Id  INT31\n"), ("specs/B.wire", "data Good v0, flexible never =>\n    Id  INT32\n"))
            .GeneratedSources.Select(static source => source.HintName);

        Assert.Equal(["Good.g.cs", "MessageCatalog.g.cs"], sources.Order());
    }
}
