"""Programs of AWS's standard images, which the machine lends to builds as far as it has them.

The list is what the images' Dockerfiles install, beside what Ubuntu itself has; `docker` and what needs it is left out,
since nothing runs in containers here.

Source: https://github.com/aws/aws-codebuild-docker-images, ubuntu/standard/7.0/Dockerfile and runtimes.yml
"""

# Ubuntu's own, from its packages coreutils, util-linux, findutils, grep, sed, diffutils, and their like.
_BASE = """
    [ arch awk base64 basename bash cat chgrp chmod chown cksum clear cmp comm cp cut dash date dd df diff
    diff3 dir dircolors dirname du echo egrep env expand expr factor false fgrep find flock fmt fold gawk
    getent getopt grep groups gunzip gzip head hostname iconv id infocmp install join kill link ln locale
    logname ls mawk md5sum mkdir mkfifo mknod mktemp more mv nice nl nohup nproc numfmt od paste patch pathchk
    perl pgrep pidof pinky pkill pr printenv printf ps ptx pwd readlink realpath rename renice rev rm rmdir
    sdiff sed seq setsid sh sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat
    stdbuf stty sum sync tac tail tar tee test time timeout top touch tput tr true truncate tset tsort tty
    uname unexpand uniq unlink uptime users vdir wc which who whoami xargs yes zcat zcmp zdiff zgrep zless
    zmore
"""
# What the Dockerfile installs for everybody.
_TOOLS = """
    aria2c autoconf automake bison brotli bunzip2 bzcat bzip2 c++ cc cpp curl dig envsubst expect fakeroot file flex
    funzip g++ gcc gettext git git-lfs git-receive-pack git-upload-archive git-upload-pack gpg groff hg iptables jq ld
    less libtool lz4 lzma m4 make as ar nm objdump ranlib strip openssl parallel pass patchelf pigz pkg-config rpm rsync
    shellcheck sqlite3 ssh ssh-add ssh-agent ssh-keygen ssh-keyscan sshpass svn swig telnet unxz unzip upx vim wget
    xmllint xsltproc xz xzcat zip zipinfo zstd
"""

LENT = tuple(dict.fromkeys((*_BASE.split(), *_TOOLS.split())))
# Of the image; said to be missing where the machine, or the local cloud, has none.
MISSED = ("docker", "dotnet", "eksctl", "gh", "go", "java", "kubectl", "mvn", "php", "pwsh", "ruby", "sam", "yarn")
