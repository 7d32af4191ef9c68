using HighPerf.Kafka.Architecture.Tests.Rules;
using HighPerf.Kafka.Architecture.Tests.Sources;

namespace HighPerf.Kafka.Architecture.Tests;

public sealed class SizeTests
{
    [Fact]
    public void Files_are_short() =>
        Violation.AssertNone($"a C# file has fewer than {LengthRule.FileLimit} lines", LengthRule.LongFiles(Repository.Current.CSharp));

    [Fact]
    public void Methods_are_short() =>
        Violation.AssertNone($"a method has fewer than {LengthRule.MethodLimit} lines", LengthRule.LongMethods(Repository.Current.CSharp));

    [Fact]
    public void Lines_are_short() =>
        Violation.AssertNone($"a line has at most {LengthRule.LineLimit} characters", LengthRule.LongLines(Repository.Current.CSharp));

    [Theory]
    [InlineData(399, 0)]
    [InlineData(400, 1)]
    public void A_file_of_400_lines_is_seen(int lines, int expected)
    {
        SourceFile file = new("src/A/B.cs", string.Concat(Enumerable.Repeat("// line\n", lines)));

        Assert.Equal(expected, LengthRule.LongFiles([file]).Count());
    }

    [Theory]
    [InlineData(160, 0)]
    [InlineData(161, 1)]
    public void A_line_of_161_characters_is_seen(int length, int expected)
    {
        SourceFile file = new("src/A/B.cs", "// first\n" + new string('x', length) + "\n");

        Assert.Equal(expected, LengthRule.LongLines([file]).Count());
    }

    [Theory]
    [InlineData("class B { void Long() {", 66, 0)]
    [InlineData("class B { void Long() {", 70, 1)]
    [InlineData("class B { B() {", 70, 1)]
    [InlineData("class B { int P { get {", 70, 1)]
    public void A_method_of_70_lines_is_seen(string head, int lines, int expected)
    {
        string body = string.Concat(Enumerable.Repeat("    Call();\n", lines));
        SourceFile file = new("src/A/B.cs", head + "\n" + body + "} } }");

        Assert.Equal(expected, LengthRule.LongMethods([file]).Count());
    }

    [Fact]
    public void Long_top_level_statements_are_seen()
    {
        SourceFile file = new("src/A/Program.cs", string.Concat(Enumerable.Repeat("Call();\n", 70)));

        Assert.Contains("top-level", Assert.Single(LengthRule.LongMethods([file])).Message);
    }
}
