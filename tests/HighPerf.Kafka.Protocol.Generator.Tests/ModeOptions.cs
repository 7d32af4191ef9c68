using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace HighPerf.Kafka.Protocol.Generator.Tests;

/// <summary>What a project says by its property KafkaWireEmit.</summary>
internal sealed class ModeOptions : AnalyzerConfigOptionsProvider
{
    private readonly Options _options;

    public ModeOptions(string mode)
    {
        _options = new Options(mode);
    }

    public override AnalyzerConfigOptions GlobalOptions => _options;

    public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => _options;

    public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => _options;

    private sealed class Options : AnalyzerConfigOptions
    {
        private readonly string _mode;

        public Options(string mode)
        {
            _mode = mode;
        }

        public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value)
        {
            value = key == "build_property.KafkaWireEmit" ? _mode : null;
            return value is not null;
        }
    }
}
