# Loads the Vagrantfile as Vagrant does, for one provider, and prints the settings that the provider receives, as JSON: `ruby vagrantfile.rb FILE PROVIDER`.
# Vagrant itself is not asked: it validates no more than it must, and takes a misspelled option of a provider for a setting of its own.
require 'json'

module Vagrant
  module Errors
    # What the Vagrantfile's own errors are made of.
    class VagrantError < StandardError; end
  end

  # Keeps every setting and every call, in order; an option that the real thing has not is refused.
  class Recorder
    def initialize(known, settings)
      @known = known
      @settings = settings
    end

    def method_missing(name, *values)
      plain = name.to_s.delete_suffix('=').to_sym
      raise NoMethodError, "there is no setting '#{plain}'" unless @known.include?(plain)
      return @settings[plain] if values.empty?

      @settings[plain] = values.first
    end

    def respond_to_missing?(*)
      true
    end
  end

  # config.vm: what both providers share.
  class Machine < Recorder
    KNOWN = %i[box box_version box_check_update boot_timeout].freeze

    def initialize(provider, provider_options)
      @provider = provider
      @options = provider_options
      @found = { networks: [], folders: [], machines: [], provisioners: [], provider: {}, settings: {} }
      super(KNOWN, @found[:settings])
    end

    attr_reader :found

    def network(kind, **options)
      @found[:networks] << { kind:, **options }
    end

    def synced_folder(from, to, **options)
      @found[:folders] << { from:, to:, **options }
    end

    def define(name, **options)
      @found[:machines] << { name:, **options }
    end

    def provision(name, **options)
      @found[:provisioners] << { name:, **options }
    end

    def provider(name)
      yield Recorder.new(@options, @found[:provider]), Struct.new(:vm).new(self) if name.to_s == @provider
    end
  end

  def self.configure(version)
    raise "version #{version}" unless version == '2'

    machine = Machine.new(ARGV[1], OPTIONS.fetch(ARGV[1]))
    yield Struct.new(:vm).new(machine)
    puts JSON.generate(machine.found)
  end

  # Of the providers' own settings, those that the Vagrantfile may use (plugins/providers/virtualbox/config.rb, vagrant-libvirt lib/vagrant-libvirt/config.rb).
  OPTIONS = {
    'virtualbox' => %i[cpus memory check_guest_additions],
    'libvirt' => %i[driver cpus memory cpu_mode cpu_model graphics_type video_type]
  }.freeze
end

begin
  load ARGV[0]
rescue Vagrant::Errors::VagrantError => e
  warn e.error_message
  exit 1
end
